use super::*;

const FRAME: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"100%\" height=\"9%\" fill=\"#123456\"/>\
                     <rect id=\"plot\" width=\"100%\" height=\"100%\"/></svg>";

fn limits() -> Limits {
    Limits { frame_pixels_kept: 10_000, ..Limits::default() }
}

fn templates() -> Templates {
    let frame = SvgFrame::read(FRAME, &limits()).unwrap();
    let framed = Template { theme: chart::DARK, frame: Some(frame) };
    Templates::new(BTreeMap::from([(name("framed"), framed)]), &name("framed"), &limits()).unwrap()
}

fn size(width: i64, height: i64) -> Size {
    Size::new(width, height, &limits()).unwrap()
}

#[test]
fn an_unknown_template_is_answered_with_the_known_ones() {
    let fault = templates().find(Some(&name("coporate"))).unwrap_err();
    assert_eq!(fault.text, "There is no template 'coporate'; there are dark, framed, light, print");
    assert_eq!((fault.kind, fault.path.as_str()), (FaultKind::UnknownTemplate, "template"));
    assert!(Templates::new(BTreeMap::new(), &name("framed"), &limits()).is_err());
}

#[test]
fn who_asks_for_nothing_gets_the_default() {
    let templates = templates();
    assert_eq!(templates.find(None).unwrap().as_str(), "framed");
    let light = templates.fitted(&name("light"), size(60, 40), Scale::ONE).unwrap();
    assert_eq!(light, chart::LIGHT.into());
}

#[test]
fn a_kept_frame_is_the_same_as_one_drawn_anew_and_only_so_much_is_kept() {
    let templates = templates();
    let fitted = |width| templates.fitted(&name("framed"), size(width, 50), Scale::ONE).unwrap();
    let kept = || templates.kept.lock().unwrap().iter().map(|((_, size, _), _)| size.width()).collect::<Vec<_>>();
    let first = fitted(100);
    assert_eq!(fitted(100), first);
    assert_eq!((fitted(60), kept()), (fitted(60), vec![60, 100]));
    assert_eq!(fitted(100), first);
    assert_eq!(kept(), [100, 60]);
    // 5000 and 4000 pixels fit, 3000 more do not.
    fitted(80);
    assert_eq!(kept(), [80, 100]);
    assert_eq!(fitted(300).setting.unwrap().backdrop.pixels.len(), 15_000);
    assert_eq!(kept(), Vec::<u32>::new());
    assert_eq!(fitted(100), first);
}
