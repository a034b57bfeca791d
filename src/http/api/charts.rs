//! The chart operations: `POST /v1/charts`, the named charts below `/v1/charts/`, and their list.
//!
//! A request becomes an ordinary [`ImageRequest`]; what differs from the ServiceWatch operations is who may ask, the formats, and that
//! responses to GET may be cached.

use super::auth::{self, SCP_SIGNATURE, VerifiedSignature};
use super::chart_response::{self, Audience, Caching, Served};
use super::error_response::{CHARTS_PATH, Rejection};
use super::json::{json, of_json};
use super::problem::Problem;
use super::state::Service;
use super::version::Version;
use super::{body, language};
use crate::app::App;
use crate::auth::Caller;
use crate::clock::now_ms;
use crate::error::{Fault, FaultKind};
use crate::export;
use crate::http::wire::{self, ChartContext, ChartRequest};
use crate::named_charts::{Access, NamedChart};
use crate::provenance::{DataDigest, RequestDigest};
use crate::request::{ChartFormat, ImageRequest, Language, MetricRef};
use axum::extract::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, HeaderMap, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// `POST /v1/charts`: a chart by its JSON.
pub(super) async fn draw(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let (parts, rest) = request.into_parts();
    let language = language::preferred(&parts.headers);
    let accepted = accepted(&parts.headers)?;
    let (caller, app, body) = if parts.headers.contains_key(SCP_SIGNATURE) && !parts.headers.contains_key(AUTHORIZATION)
    {
        let admitted = VerifiedSignature::verify(&parts, service.settings())?;
        let app = app_of(&service, admitted.key())?;
        let body = body::read(Request::from_parts(parts, rest), service.limits()).await?;
        (admitted.with_body(&body, service.metrics())?, app, body)
    } else {
        let caller = auth::bearer(&parts, service.settings())?;
        let app = app_of(&service, key_of(&caller))?;
        (caller, app, body::read(Request::from_parts(parts, rest), service.limits()).await?)
    };
    let chart = read(&service, &body, language)?;
    may_read(&caller, &chart.image)?;
    let format = chart.format.or(accepted).ok_or(Problem::NotAcceptable)?;
    let served = Served { name: "chart", format, language, caching: Caching::Never };
    respond(&service, &app, chart.image, served).await
}

/// `GET /v1/charts/{name}.{ext}`: a named chart.
pub(super) async fn named(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    let (parts, _) = request.into_parts();
    let file = parts.uri.path().trim_start_matches(CHARTS_PATH).trim_start_matches('/');
    let (name, extension) = file.split_once('.').map_or((file, None), |(name, extension)| (name, Some(extension)));
    let mut parameters: Vec<(String, String)> =
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let tokens: Vec<String> = parameters.extract_if(.., |(name, _)| name == "token").map(|(_, token)| token).collect();
    let found = service.charts().get(name);
    let (caller, audience) = reader(&parts, found, &tokens, &service)?;
    let chart = found.ok_or(Problem::NotFound)?;
    let quota = key_of(&caller).map_or_else(|| format!("chart {name}"), str::to_owned);
    let app =
        app_of(&service, (audience != Audience::Everyone || !service.settings().identity.is_open()).then_some(&quota))?;
    let language = match parameters.iter().find(|(name, _)| name == "lang").map(|(_, value)| value.as_str()) {
        None => language::preferred(&parts.headers),
        Some("en") => Language::English,
        Some("ko") => Language::Korean,
        Some(_) => {
            return Err(vec![Fault::new(FaultKind::OutOfRange, "Input should be 'en' or 'ko'").at("lang")].into());
        }
    };
    let body = chart.body(&parameters, service.limits())?;
    let request = read(&service, &body, language)?;
    may_read(&caller, &request.image)?;
    let accepted = accepted(&parts.headers)?;
    let format = match extension {
        Some(extension) => ChartFormat::parse(extension).map_err(|fault| vec![fault.at("format")])?,
        None => request.format.or(accepted).ok_or(Problem::NotAcceptable)?,
    };
    if let (Some(_), Some(declared)) = (extension, request.format)
        && declared != format
    {
        let text = format!("Extension should be '{}', the format of the chart", declared.name());
        return Err(vec![Fault::new(FaultKind::OutOfRange, text).at("format")].into());
    }
    let caching = Caching::For(audience, parts.headers.get_all(IF_NONE_MATCH).iter().cloned().collect());
    respond(&service, &app, request.image, Served { name, format, language, caching }).await
}

/// `GET /v1/charts`: the named charts and their variables.
pub(super) async fn list(service: Arc<Service>, request: Request) -> Result<Response, Rejection> {
    auth::bearer(&request.into_parts().0, service.settings())?;
    let charts = service.charts().iter().map(|(name, chart)| Listed::new(name, chart)).collect();
    Ok(of_json(json(&Charts { charts })))
}

/// Draws or writes the chart, and makes the response.
async fn respond(
    service: &Service,
    app: &App,
    request: ImageRequest,
    served: Served<'_>,
) -> Result<Response, Rejection> {
    let seconds = request.query.cache_seconds(now_ms() / 1000);
    let digest = RequestDigest::of_image(&request);
    if let Some(format) = App::image_format(served.format) {
        let drawn = match served.caching {
            Caching::Never => app.picture_as(request, format).await?,
            Caching::For(..) => app.cached_picture(request, format).await?,
        };
        service.metrics().drawn(&drawn);
        return Ok(chart_response::of_image(drawn, &digest, seconds, &served));
    }
    let frame = app.data(request.query.clone()).await?;
    let permit = app.reserve(export::max_bytes(&frame))?;
    let data = DataDigest::of(&frame);
    let text = if served.format == ChartFormat::Csv {
        export::csv(&frame)
    } else {
        export::json(&frame, &app.alt_text(&request, &frame)?, &data.hexadecimal())
    };
    Ok(chart_response::of_text((text, permit), &frame, (&digest, &data), seconds, &served))
}

fn read(service: &Service, body: &[u8], language: Language) -> Result<ChartRequest, Problem> {
    let resolution = |metric: &MetricRef| service.app().catalog().resolution_seconds(metric);
    let context = ChartContext { now: now_ms() / 1000, resolution: &resolution };
    Ok(wire::chart_request(body, language, context, &service.rules(Version::NEWEST))?)
}

/// Checks who may read a named chart. A client without access gets the same answer for a chart that exists and one that does not.
fn reader(
    parts: &Parts,
    chart: Option<&NamedChart>,
    tokens: &[String],
    service: &Service,
) -> Result<(Caller, Audience), Problem> {
    let by_token = |digest: &crate::auth::TokenDigest| matches!(tokens, [token] if digest.is_of(token));
    match chart.map(NamedChart::access) {
        Some(Access::Public) => Ok((Caller::Anyone, Audience::Everyone)),
        Some(Access::Token(digest)) if by_token(digest) => Ok((Caller::Anyone, Audience::Holder)),
        _ => auth::bearer(parts, service.settings()).map(|caller| (caller, Audience::Holder)),
    }
}

fn may_read(caller: &Caller, request: &ImageRequest) -> Result<(), Problem> {
    let metrics = request.query.metrics.iter().enumerate();
    let refused: Vec<usize> = metrics
        .filter(|(_, requested)| !caller.may_read(requested.metric.namespace.as_str()))
        .map(|(index, _)| index)
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(Problem::Forbidden(refused)) }
}

fn key_of(caller: &Caller) -> Option<&str> {
    match caller {
        Caller::Anyone => None,
        Caller::Holder(key) => Some(key.name()),
    }
}

/// Returns the pipeline, whose work is charged to the quota with this name.
fn app_of(service: &Service, quota: Option<&str>) -> Result<App, Problem> {
    match quota {
        Some(quota) => Ok(service.app().with_meter(&service.quotas().admit(quota, service.limits())?)),
        None => Ok(App::clone(service.app())),
    }
}

/// Returns the format that `Accept` prefers: PNG where it is absent or has a wildcard, which `<img>` and curl send; `None` if it names none
/// of ours.
fn accepted(headers: &HeaderMap) -> Result<Option<ChartFormat>, Problem> {
    let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() {
        return Ok(Some(ChartFormat::Png));
    }
    let ranges = values.iter().flat_map(|value| value.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next()?.to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        let format = match media_type.as_str() {
            "*/*" | "image/*" => Some(ChartFormat::Png),
            named => ChartFormat::ALL.into_iter().find(|format| format.media_type() == named),
        };
        Some((format?, quality)).filter(|(_, quality)| *quality > 0.0)
    });
    let ranges: Vec<(ChartFormat, f32)> = ranges.collect();
    // A browser's list names formats that it can show besides a wildcard: PNG fits all of them.
    let has_png = ranges.iter().any(|(format, _)| *format == ChartFormat::Png);
    let best = ranges.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best });
    Ok(if has_png { Some(ChartFormat::Png) } else { best.map(|(format, _)| format) })
}

#[derive(Serialize)]
struct Charts<'a> {
    charts: Vec<Listed<'a>>,
}

/// A named chart in the list.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    access: &'static str,
    url: String,
    variables: Vec<ListedVariable<'a>>,
}

#[derive(Serialize)]
struct ListedVariable<'a> {
    name: &'a str,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a [String]>,
}

impl<'a> Listed<'a> {
    fn new(name: &'a str, chart: &'a NamedChart) -> Self {
        let access = match chart.access() {
            Access::Key => "key",
            Access::Token(_) => "token",
            Access::Public => "public",
        };
        let variables = chart.variables().iter().map(|(name, variable)| ListedVariable {
            name,
            required: variable.default().is_none(),
            default: variable.default(),
            values: variable.values(),
        });
        Self {
            name,
            title: chart.title(),
            access,
            url: format!("{CHARTS_PATH}/{name}.png"),
            variables: variables.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn preferred(accept: &[&str]) -> Option<ChartFormat> {
        let header = |value: &&str| (ACCEPT, HeaderValue::from_str(value).unwrap());
        accepted(&accept.iter().map(header).collect()).unwrap()
    }

    #[test]
    fn a_wildcard_and_no_accept_at_all_are_png() {
        for accept in
            [&[][..], &["*/*"], &["image/*"], &["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"]]
        {
            assert_eq!(preferred(accept), Some(ChartFormat::Png), "{accept:?}");
        }
    }

    #[test]
    fn a_named_type_is_its_format_and_the_best_of_several_wins() {
        for (accept, format) in [
            (&["image/svg+xml"][..], Some(ChartFormat::Svg)),
            (&["text/csv"], Some(ChartFormat::Csv)),
            (&["application/json, text/csv;q=0.5"], Some(ChartFormat::Json)),
            (&["application/json;q=0.1", "text/csv;q=0.5"], Some(ChartFormat::Csv)),
            (&["text/html"], None),
            (&["image/png;q=0"], None),
        ] {
            assert_eq!(preferred(accept), format, "{accept:?}");
        }
    }
}
