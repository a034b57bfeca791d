use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

/// A signed request.
#[derive(Clone)]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    target: &'a str,
    headers: Headers<'a>,
}

const IMAGE: &str = "/v1/metrics/data/download/image";
const LOCAL: &str = "http://127.0.0.1:8080";
const CLOUD: &str = "https://servicewatch.kr-west1.e.samsungsdscloud.com";
const NOW_MS: i64 = 1_605_290_625_682;

/// Row 2 of the known answers: its signature is from the vendor's own signer.
fn local() -> Request<'static> {
    let headers = Headers {
        access_key: "AKTEST0000000001",
        timestamp: "1605290625682",
        client_type: "Openapi",
        signature: "xzGO3NFkcC+dSPpSc6hB2WpeFczs+6Atm5yU/aW/b3c=",
        ..Headers::default()
    };
    Request { method: "POST", url: LOCAL, target: IMAGE, headers }
}

fn text(access_key: &str, secret: &str) -> KeyText {
    KeyText { access_key: Some(access_key.to_owned()), secret: Some(secret.into()), ..KeyText::default() }
}

fn key(text: KeyText) -> Arc<Key> {
    Arc::new(Key::new("reports", text).unwrap())
}

fn identity(text: KeyText, rules: Rules) -> Authenticator {
    Authenticator::new(vec![key(text)], rules, &Limits::default(), NOW_MS)
}

fn test_authenticator(rules: Rules) -> Authenticator {
    identity(text("AKTEST0000000001", "SKTEST0000000001"), rules)
}

/// Returns equal times on both clocks: the wall clock never stepped.
fn clocks_at(unix_ms: i64) -> Now {
    let uptime_ms = u64::try_from(unix_ms - NOW_MS).unwrap_or_default();
    Now { unix_ms, uptime: Duration::from_hours(1) + Duration::from_millis(uptime_ms) }
}

impl Request<'_> {
    fn signed_by(&self, identity: &Authenticator, now_ms: i64) -> Result<Signed, AuthError> {
        self.signed_at(identity, clocks_at(now_ms)).map_err(AuthError::from)
    }

    fn signed_at(&self, identity: &Authenticator, now: Now) -> Result<Signed, RejectionReason> {
        let claim = Claim::of(self.method, self.target, self.headers)?;
        identity.signer(&claim, &[self.url.to_owned()], now)
    }

    /// Verifies the request at its own timestamp.
    fn verify(&self, identity: &Authenticator) -> Result<(), AuthError> {
        self.signed_by(identity, self.headers.timestamp.parse().unwrap_or(NOW_MS)).map(drop)
    }

    /// Signs the request like a client.
    fn sign(&self, secret: &str) -> String {
        let Headers { timestamp, access_key, account_id, client_type, body, .. } = self.headers;
        let message =
            [self.method, self.url, self.target, timestamp, access_key, account_id, client_type, body].concat();
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(message);
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[test]
fn the_vendors_known_answers_verify() {
    let test = |method, url, target, timestamp, access_key, account_id, secret: &str, signature| {
        let headers = Headers { access_key, timestamp, client_type: "Openapi", account_id, signature, body: "" };
        let request = Request { method, url, target, headers };
        // Some of the secrets are shorter, or weaker, than settings allow.
        let identity = short(access_key, secret);
        assert_eq!(request.verify(&identity), Ok(()), "{url}{target} {access_key} {account_id}");
    };
    let (old, new) = ("1605290625682", "1792540800000");
    let (cloud_key, cloud_secret) = ("2sd2gg2agbdSD26svcD", "0123456789abcdef0123456789abcdef");
    let (test_key, test_secret) = ("AKTEST0000000001", "SKTEST0000000001");
    test("POST", CLOUD, IMAGE, old, cloud_key, "", cloud_secret, "FgjMjWhBX6rRi4J627iuXoGWnvxL8cMX+/KDr0Wfu4M=");
    test("POST", LOCAL, IMAGE, old, test_key, "", test_secret, "xzGO3NFkcC+dSPpSc6hB2WpeFczs+6Atm5yU/aW/b3c=");
    let query = "/v1/dashboards?size=20&page=0&sort=created_at:desc";
    test("GET", CLOUD, query, new, test_key, "", test_secret, "bKB1qz6b+KfF8QRPRJuFE0WI7eQ9AhwWY/2B+ipH1kE=");
    let escaped = "/v1/dashboards?name=CPU%20Usage";
    test("GET", LOCAL, escaped, new, test_key, "", test_secret, "noJWXrM+IKGAA6BqGy88KAFn0O8rmU2X9LHk35AQ1CE=");
    test("POST", LOCAL, IMAGE, old, test_key, "acct-0001", test_secret, "OxFBXoSjFRzWjgrWIEdIp3lbX7ULjKJCPXJvJ/ws6DU=");
    test("POST", LOCAL, IMAGE, old, test_key, "", "비밀키", "Ne7e0aCn74hfi7Ft9/0O2/76/WXDZCahDUM4QU5o5ZQ=");
    let (odd_key, odd_secret) = ("2sd2gg=2agbdSD26svcD", "secret-key-for-tests-0001");
    test("POST", CLOUD, IMAGE, old, odd_key, "", odd_secret, "w5aL4vdZ3rxLCq46Ng4V0fZpBG44C2F5KcsjVXJzGMk=");
}

/// Makes an authenticator with a secret that settings would reject.
fn short(access_key: &str, secret: &str) -> Authenticator {
    let key = Key::for_tests(access_key, secret);
    Authenticator::new(vec![Arc::new(key)], Rules::default(), &Limits::default(), NOW_MS)
}

#[test]
fn signatures_of_other_signers_are_rejected() {
    let identity = test_authenticator(Rules::default());
    let path_only = "YeIzdh6MYcNYl58dDugSd4UNw1SHGAp6S+tfP4W7q7I=";
    let other_host = "sC4Jl49BO5pp4IgWZU741rEotlosc8FKtbbcZsL9YVo=";
    for signature in [path_only, other_host] {
        let request = Request { headers: Headers { signature, ..local().headers }, ..local() };
        assert_eq!(request.verify(&identity), Err(AuthError::Invalid), "{signature}");
    }
    let escaped_twice = "S31OBaPPp2AZ/DvjqWfduNWDdugIHs4RgufqnimfC98=";
    let headers = Headers { timestamp: "1792540800000", signature: escaped_twice, ..local().headers };
    let request = Request { method: "GET", target: "/v1/dashboards?name=CPU%20Usage", headers, ..local() };
    assert_eq!(request.verify(&identity), Err(AuthError::Invalid));
}

#[test]
fn any_flipped_bit_of_a_signature_is_rejected() {
    let (identity, right) = (test_authenticator(Rules::default()), STANDARD.decode(local().headers.signature).unwrap());
    for bit in 0..right.len() * 8 {
        let mut wrong = right.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        let signature = &*STANDARD.encode(wrong);
        let request = Request { headers: Headers { signature, ..local().headers }, ..local() };
        assert_eq!(request.verify(&identity), Err(AuthError::Invalid), "bit {bit}");
    }
}

#[test]
fn a_signature_has_one_spelling() {
    let identity = test_authenticator(Rules::default());
    let right = local().headers.signature;
    let hex: String = STANDARD.decode(right).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    for wrong in
        [right.trim_end_matches('='), &right.replace('/', "_").replace('+', "-"), &format!(" {right}"), &hex, "=", "a"]
    {
        let request = Request { headers: Headers { signature: wrong, ..local().headers }, ..local() };
        assert_eq!(request.verify(&identity), Err(AuthError::Invalid), "{wrong}");
    }
}

#[test]
fn a_missing_header_is_reported_as_missing() {
    let identity = test_authenticator(Rules::default());
    let whole = local().headers;
    for headers in [
        Headers { access_key: "", ..whole },
        Headers { timestamp: "", ..whole },
        Headers { client_type: "", ..whole },
        Headers { signature: "", ..whole },
    ] {
        assert_eq!(Request { headers, ..local() }.verify(&identity), Err(AuthError::Missing), "{headers:?}");
    }
}

#[test]
fn no_signed_part_passes_as_the_end_of_another() {
    let identity = test_authenticator(Rules::default());
    let whole = local().headers;
    // The same message, cut at other positions.
    for (target, headers) in [
        ("/v1/metrics/data/download/image1", Headers { timestamp: "605290625682", ..whole }),
        (IMAGE, Headers { timestamp: "1605290625682A", access_key: "KTEST0000000001", ..whole }),
        (IMAGE, Headers { access_key: "AKTEST0000000001O", client_type: "penapi", ..whole }),
        (IMAGE, Headers { account_id: "O", client_type: "penapi", ..whole }),
        (IMAGE, Headers { access_key: "AKTEST000000000", account_id: "1", ..whole }),
    ] {
        assert_eq!(Request { target, headers, ..local() }.verify(&identity), Err(AuthError::Invalid), "{headers:?}");
    }
}

#[test]
fn a_client_type_must_match_the_list_exactly() {
    let identity = test_authenticator(Rules::default());
    let long = "x".repeat(1024);
    for client_type in ["openapi", "x", &long] {
        let mut request = Request { headers: Headers { client_type, ..local().headers }, ..local() };
        let signature = request.sign("SKTEST0000000001");
        request.headers.signature = &signature;
        assert_eq!(request.verify(&identity), Err(AuthError::Invalid), "{client_type}");
    }
}

#[test]
fn a_signature_is_valid_for_five_minutes_in_either_direction() {
    let identity = test_authenticator(Rules::default());
    for (seconds, expected) in
        [(-300, Ok(())), (300, Ok(())), (-301, Err(AuthError::Stale)), (301, Err(AuthError::Stale))]
    {
        let signed = local().signed_by(&identity, NOW_MS + seconds * 1000).map(drop);
        assert_eq!(signed, expected, "{seconds} s");
    }
    let (after, before) = (NOW_MS + 300_001, NOW_MS - 300_001);
    assert_eq!(local().signed_by(&identity, after).map(drop), Err(AuthError::Stale));
    assert_eq!(local().signed_by(&identity, before).map(drop), Err(AuthError::Stale));
}

#[test]
fn both_secrets_of_a_key_are_accepted_during_rotation() {
    let rotating =
        KeyText { former_secret: Some("SKTEST0000000001".into()), ..text("AKTEST0000000001", "SKTEST0000000002") };
    let identity = identity(rotating, Rules::default());
    assert_eq!(local().verify(&identity), Ok(()));
    let signature = local().sign("SKTEST0000000002");
    let new = Request { headers: Headers { signature: &signature, ..local().headers }, ..local() };
    assert_eq!(new.verify(&identity), Ok(()));
    let changed = self::identity(text("AKTEST0000000001", "SKTEST0000000002"), Rules::default());
    assert_eq!((new.verify(&changed), local().verify(&changed)), (Ok(()), Err(AuthError::Invalid)));
}

#[test]
fn an_unsigned_account_id_is_ignored_only_if_configured() {
    let request = Request { headers: Headers { account_id: "acct-0001", ..local().headers }, ..local() };
    assert_eq!(request.verify(&test_authenticator(Rules::default())), Err(AuthError::Invalid));
    let either = Rules { account: Account::AsSentOrNone, ..Rules::default() };
    assert_eq!(request.verify(&test_authenticator(either.clone())), Ok(()));
    let signed = "OxFBXoSjFRzWjgrWIEdIp3lbX7ULjKJCPXJvJ/ws6DU=";
    let both = Request { headers: Headers { signature: signed, ..request.headers }, ..local() };
    assert_eq!(both.verify(&test_authenticator(either)), Ok(()));
}

/// Returns the replay check of the signature of row 2 for each of `bodies` in turn.
fn seen(identity: &Authenticator, bodies: &[&str]) -> Vec<Result<Seen, AuthError>> {
    let see = |body: &&str| Ok(local().signed_by(identity, NOW_MS)?.with_body(body.as_bytes())?.1);
    bodies.iter().map(see).collect()
}

#[test]
fn a_signature_is_accepted_again_and_with_sixteen_bodies() {
    let bodies: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let seen = seen(&test_authenticator(Rules::default()), &[&bodies[..], &["0"]].concat());
    assert_eq!(seen[0], Ok(Seen::First));
    assert!(seen[1..16].iter().all(|seen| *seen == Ok(Seen::OtherBody)));
    assert_eq!(seen[16..], [Err(AuthError::Replayed), Ok(Seen::Again)]);
}

#[test]
fn a_strict_service_accepts_a_signature_once() {
    let strict = Rules { replay: Replay::Strict, ..Rules::default() };
    assert_eq!(seen(&test_authenticator(strict.clone()), &["a", "a"]), [Ok(Seen::First), Err(AuthError::Replayed)]);
    assert_eq!(seen(&test_authenticator(strict), &["a", "b"]), [Ok(Seen::First), Err(AuthError::Replayed)]);
}

#[test]
fn a_strict_service_rejects_signatures_from_before_its_start() {
    let begun = |replay, started_ms| {
        let (key, rules) = (key(text("AKTEST0000000001", "SKTEST0000000001")), Rules { replay, ..Rules::default() });
        local().signed_by(&Authenticator::new(vec![key], rules, &Limits::default(), started_ms), NOW_MS).map(drop)
    };
    assert_eq!(begun(Replay::Strict, NOW_MS + 5000), Ok(()));
    assert_eq!(begun(Replay::Strict, NOW_MS + 5001), Err(AuthError::Stale));
    assert_eq!(begun(Replay::Lenient, NOW_MS + 5001), Ok(()));
}

#[test]
fn a_full_replay_cache_evicts_nothing_for_a_new_signature() {
    let limits = Limits { signatures_remembered: 2, ..Limits::default() };
    let key = key(text("AKTEST0000000001", "SKTEST0000000001"));
    let identity = Authenticator::new(vec![key], Rules::default(), &limits, NOW_MS);
    let at = |timestamp_ms: i64, now_ms: i64| -> Result<Seen, AuthError> {
        let timestamp = timestamp_ms.to_string();
        let mut request = Request { headers: Headers { timestamp: &timestamp, ..local().headers }, ..local() };
        let signature = request.sign("SKTEST0000000001");
        request.headers.signature = &signature;
        Ok(request.signed_by(&identity, now_ms)?.with_body(b"{}")?.1)
    };
    assert_eq!([at(NOW_MS, NOW_MS), at(NOW_MS + 1, NOW_MS)], [Ok(Seen::First); 2]);
    assert_eq!([at(NOW_MS + 2, NOW_MS), at(NOW_MS, NOW_MS)], [Err(AuthError::Full), Ok(Seen::Again)]);
    // Within twice the clock skew the first signature could be replayed if the wall clock were set back.
    assert_eq!(at(NOW_MS + 300_002, NOW_MS + 300_002), Err(AuthError::Full));
    assert_eq!(at(NOW_MS + 600_001, NOW_MS + 600_001), Ok(Seen::First));
    assert_eq!(at(NOW_MS, NOW_MS + 600_001), Err(AuthError::Stale));
}

#[test]
fn a_stepping_clock_allows_no_replay() {
    let strict = Rules { replay: Replay::Strict, ..Rules::default() };
    let at = |wall_step_ms: i64, uptime_ms: u64| {
        let uptime = Duration::from_hours(1) + Duration::from_millis(uptime_ms);
        Now { unix_ms: NOW_MS + wall_step_ms, uptime }
    };
    for step in [600_000, 86_400_000, -86_400_000] {
        let identity = test_authenticator(strict.clone());
        let used = |now: Now| Ok::<_, RejectionReason>(local().signed_at(&identity, now)?.with_body(b"{}")?.1);
        assert_eq!(used(at(0, 0)), Ok(Seen::First));
        let other = Request { target: "/v1/metrics", ..local() };
        let signature = other.sign("SKTEST0000000001");
        let other = Request { headers: Headers { signature: &signature, ..other.headers }, ..other };
        // A request during the wrong time is too old or in the future, and does not remove anything from the cache.
        assert!(other.signed_at(&identity, at(step, 1)).is_err());
        assert_eq!(other.signed_at(&identity, at(0, 2)).map(|signed| signed.with_body(b"{}").is_ok()), Ok(true));
        assert_eq!(used(at(0, 599_999)), Err(RejectionReason::Replayed), "after a step of {step} ms");
    }
}

#[test]
fn the_rejection_reason_reaches_the_log_and_not_the_client() {
    let identity = test_authenticator(Rules::default());
    let reason = |headers: Headers, now_ms| {
        let request = Request { headers, ..local() };
        request.signed_at(&identity, clocks_at(now_ms)).map(drop).unwrap_err()
    };
    let headers = local().headers;
    let unknown = Headers { access_key: "AKTEST0000000002", ..headers };
    let client = Headers { client_type: "Console", ..headers };
    let account = Headers { account_id: "acct-0001", ..headers };
    assert_eq!(reason(unknown, NOW_MS), RejectionReason::UnknownKey);
    assert_eq!(reason(client, NOW_MS), RejectionReason::ClientType);
    assert_eq!(reason(account, NOW_MS), RejectionReason::WrongSignature);
    assert_eq!(reason(headers, NOW_MS + 300_001), RejectionReason::ClockSkew(-300_001));
    assert_eq!(reason(headers, NOW_MS - 400_000), RejectionReason::ClockSkew(400_000));
    assert_eq!(reason(Headers { client_type: "", ..headers }, NOW_MS), RejectionReason::Missing("Scp-ClientType"));
    assert_eq!(reason(Headers { timestamp: "1", ..headers }, NOW_MS), RejectionReason::Malformed("Scp-Timestamp"));
    let errors = [unknown, client, account].map(|headers| AuthError::from(reason(headers, NOW_MS)));
    assert_eq!(errors, [AuthError::Invalid; 3]);
}

#[test]
fn a_body_must_match_its_signed_digest() {
    let identity = test_authenticator(Rules::default());
    let digest = BodyDigest::of(b"{}").text();
    let mut request = Request { headers: Headers { body: &digest, ..local().headers }, ..local() };
    let signature = request.sign("SKTEST0000000001");
    request.headers.signature = &signature;
    let with = |body: &[u8]| request.signed_by(&identity, NOW_MS).unwrap().with_body(body).map(|(_, seen)| seen);
    assert_eq!((with(b"{}"), with(b"{ }")), (Ok(Seen::First), Err(RejectionReason::OtherBody)));
    let unsigned = Request { headers: Headers { body: &digest, ..local().headers }, ..local() };
    assert_eq!(unsigned.verify(&identity), Err(AuthError::Invalid), "the digest is part of what is signed");
    let upper =
        Request { headers: Headers { body: &digest.to_uppercase(), ..local().headers }, ..local() }.verify(&identity);
    assert_eq!(upper, Err(AuthError::Invalid));
}

#[test]
fn a_key_with_required_body_digests_rejects_signatures_without() {
    let signing = KeyText { body_proof: BodyProof::Signed, ..text("AKTEST0000000001", "SKTEST0000000001") };
    assert_eq!(local().verify(&identity(signing, Rules::default())), Err(AuthError::Missing));
}

#[test]
fn a_key_keeps_its_replay_cache_when_keys_are_reloaded() {
    let strict = Rules { replay: Replay::Strict, ..Rules::default() };
    let before = test_authenticator(strict.clone());
    assert_eq!(seen(&before, &["a"]), [Ok(Seen::First)]);
    assert_eq!(seen(&test_authenticator(strict).continuing(&before), &["a"]), [Err(AuthError::Replayed)]);
}

#[test]
fn only_a_complete_token_is_accepted() {
    let token = KeyText { token: Some("0f1e2d3c4b5a69788796".into()), ..KeyText::default() };
    let identity = identity(token, Rules::default());
    assert!(matches!(identity.bearer("0f1e2d3c4b5a69788796"), Ok(Caller::Holder(key)) if key.name() == "reports"));
    for wrong in ["", "0f1e2d3c4b5a6978879", "0f1e2d3c4b5a697887966", "0F1E2D3C4B5A69788796"] {
        assert_eq!(identity.bearer(wrong).map(drop), Err(AuthError::Invalid), "{wrong}");
    }
    assert_eq!(local().verify(&identity), Err(AuthError::Invalid), "it has no secret to sign with");
}

#[test]
fn weak_and_incomplete_keys_are_rejected() {
    for secret in [
        "-",
        "changeme",
        "MY_SECURE_KEY",
        "fifteen-bytes-x",
        "change-me-change-me-1",
        "aaaaaaaaaaaaaaaaaaaa",
        "my secure key, my secure key",
        "secretsecretsecret",
        "your-256-bit-secret",
        "1234567890123456",
        "0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz",
        "0987654321098765",
        "correct horse! correct horse!",
        "deadbeefdeadbeefdeadbeefdeadbeef",
        "This_Is_My-Secret_2026",
    ] {
        assert!(Key::new("k", text("AK", secret)).is_err(), "{secret}");
    }
    for secret in ["sixteen bytes ok", "6f1c0a9be2d47358a1f04c7d9e3b6285", "pQ8s+Zk0vT2mXy7LrB4n/w=="] {
        assert!(Key::new("k", text("AK", secret)).is_ok(), "{secret}");
    }
    for wrong in [
        KeyText::default(),
        KeyText { access_key: Some("AK".to_owned()), ..KeyText::default() },
        KeyText { secret: Some("sixteen bytes ok".into()), ..KeyText::default() },
        KeyText { former_secret: Some("changeme".into()), ..text("AK", "sixteen bytes ok") },
        text("", "sixteen bytes ok"),
        text("A K", "sixteen bytes ok"),
    ] {
        assert!(Key::new("k", wrong.clone()).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_key_prints_no_secret() {
    let text = KeyText {
        former_secret: Some("SKTEST0000000002".into()),
        token: Some("SKTEST0000000003".into()),
        ..text("AKTEST0000000001", "SKTEST0000000001")
    };
    let printed = format!("{text:?} {:?}", key(text.clone()));
    assert!(!printed.contains("SKTEST"), "{printed}");
}

proptest! {
    #[test]
    fn a_verified_request_was_signed_with_the_secret(
        access_key in "[!-~]{1,20}", account_id in "[!-~]{0,9}", target in "/[!-~]{0,40}",
        cut in 0usize..20, field in 0usize..4,
    ) {
        let identity = identity(text(&access_key, "SKTEST0000000001"), Rules::default());
        let headers = Headers { access_key: &access_key, account_id: &account_id, signature: "", ..local().headers };
        let mut request = Request { target: &target, headers, ..local() };
        let signature = request.sign("SKTEST0000000001");
        request.headers.signature = &signature;
        prop_assert_eq!(request.verify(&identity), Ok(()));
        let changed = |text: &str| format!("{}x{}", &text[..cut.min(text.len())], &text[cut.min(text.len())..]);
        let (target, account) = (changed(&target), changed(&account_id));
        match field {
            0 => request.target = &target,
            1 => request.headers.account_id = &account,
            2 => request.method = "GET",
            _ => request.url = CLOUD,
        }
        prop_assert_eq!(request.verify(&identity), Err(AuthError::Invalid));
    }
}

/// signatures that are wrong from the first byte on are rejected in the same time as those wrong in the last byte
/// only. Times of both kinds alternate, without the slow ones, and are compared as in Reparaz et al., "Dude, is my code
/// constant time?", 2017: t is below 10 without a leak. A comparison that stops early shows that the test detects
/// leaks.
#[test]
fn verification_time_does_not_depend_on_the_matching_prefix() {
    let request = local();
    let claim = Claim::of(request.method, request.target, request.headers).unwrap();
    let identity = test_authenticator(Rules::default());
    let urls = [request.url.to_owned()];
    let wrong_at = |byte: usize| {
        let mut signature = claim.signature;
        signature[byte] ^= 1;
        Claim { signature, ..claim }
    };
    let wrong = [wrong_at(0), wrong_at(31)];
    let leaks = |check: &dyn Fn(usize) -> bool| leakage(50_000, check).abs() > 10.0;
    // Other load of the machine can look like a leak, but not every time.
    assert!(!(0..5).all(|_| leaks(&|kind| identity.signer(&wrong[kind], &urls, clocks_at(NOW_MS)).is_err())));
    let stops_early = |kind: usize| {
        let signature = std::hint::black_box(&wrong[kind].signature);
        let differs = |(a, b): (&u8, &u8)| {
            std::hint::black_box((0..20).map(std::hint::black_box).sum::<i32>());
            a != b
        };
        signature.iter().zip(&claim.signature).any(differs)
    };
    assert!((0..5).any(|_| leaks(&stops_early)));
}

/// Returns Welch's t of the times that `check` takes for each kind.
fn leakage(count: usize, check: impl Fn(usize) -> bool) -> f64 {
    let mut times = [Vec::with_capacity(count), Vec::with_capacity(count)];
    let mut order = fastrand::Rng::with_seed(1);
    for _ in 0..2 * count {
        let kind = order.usize(..2);
        let begin = std::time::Instant::now();
        assert!(std::hint::black_box(check(kind)));
        times[kind].push(begin.elapsed().as_nanos() as f64);
    }
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let slow = all[all.len() * 9 / 10];
    let [(mean_a, error_a), (mean_b, error_b)] = times.map(|times| {
        let kept: Vec<f64> = times.into_iter().filter(|&time| time <= slow).collect();
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let square = |time: &f64| (time - mean) * (time - mean);
        (mean, kept.iter().map(square).sum::<f64>() / (count - 1.0) / count)
    });
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}
