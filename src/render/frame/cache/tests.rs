use super::*;

const FRAME: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"100%\" height=\"9%\" fill=\"#123456\"/>\
                     <rect id=\"plot\" width=\"100%\" height=\"100%\"/></svg>";

fn limits() -> Limits {
    Limits { frame_pixels_kept: 200_000, ..Limits::default() }
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
fn an_unknown_template_is_rejected_with_the_known_names() {
    let fault = templates().find(Some(&name("coporate"))).unwrap_err();
    assert_eq!(fault.text, "There is no template 'coporate'; there are dark, framed, light, print");
    assert_eq!((fault.kind, fault.path.as_str()), (FaultKind::UnknownTemplate, "theme"));
    assert!(Templates::new(BTreeMap::new(), &name("framed"), &limits()).is_err());
}

#[test]
fn a_request_without_a_template_gets_the_default() {
    let templates = templates();
    assert_eq!(templates.find(None).unwrap().as_str(), "framed");
    let light = templates.fitted(&name("light"), size(60, 40), Scale::ONE).unwrap();
    assert_eq!(light, chart::LIGHT.into());
}

#[test]
fn a_cached_frame_equals_a_new_one_and_the_cache_is_bounded() {
    let templates = templates();
    let fitted = |width| templates.fitted(&name("framed"), size(width, 200), Scale::ONE).unwrap();
    let cached = || templates.cached.lock().iter().map(|((_, size, _), _)| size.width()).collect::<Vec<_>>();
    let first = fitted(500);
    assert_eq!(fitted(500), first);
    assert_eq!((fitted(400), cached()), (fitted(400), vec![400, 500]));
    assert_eq!(fitted(500), first);
    assert_eq!(cached(), [500, 400]);
    // 100,000 and 90,000 pixels fit, 80,000 more do not.
    fitted(450);
    assert_eq!(cached(), [450, 500]);
    assert_eq!(fitted(1500).setting.unwrap().backdrop.pixels.len(), 300_000);
    assert_eq!(cached(), Vec::<u32>::new());
    assert_eq!(fitted(500), first);
}

#[test]
fn a_small_image_has_the_theme_and_no_frame() {
    let setting = |width, height| templates().fitted(&name("framed"), size(width, height), Scale::ONE).unwrap().setting;
    assert!(setting(360, 200).is_some() && setting(359, 200).is_none() && setting(360, 199).is_none());
    assert_eq!(templates().fitted(&name("framed"), size(100, 40), Scale::ONE).unwrap(), chart::DARK.into());
}
