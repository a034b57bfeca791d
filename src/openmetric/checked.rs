//! Arguments of an operator, validated before they become part of a path, a header or a document.
//!
//! Pure. Each type is made by `FromStr`, whose error says what would be right.

use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! checked {
    ($($(#[$about:meta])* $Name:ident: $fits:expr, $wanted:literal;)+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Name(String);

        impl FromStr for $Name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let fits: fn(&str) -> bool = $fits;
                if fits(text) { Ok(Self(text.to_owned())) } else { Err($wanted) }
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

checked! {
    /// The id of a project, a job, a target or a host.
    Id: |text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
        "should be 1 to 64 letters, digits, hyphens and underscores";
    /// UUID of the member who deletes something.
    Member: is_uuid, "should be a UUID such as 45fbde15-cdd2-4891-be31-4a9de75fccda";
    /// The name of a job.
    JobName: |text| !text.trim().is_empty() && is_line(text), "should be 1 to 255 characters on one line";
    /// A description; it may be empty.
    Line: is_line, "should be at most 255 characters on one line";
    /// Path of a target's metrics, such as `/metrics`.
    MetricsPath: |text| text.starts_with('/') && text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "should begin with / and hold no white space, as /metrics";
    /// A region, as in `kr`.
    Region: |text| (2..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
        "should be a region such as kr, kr2, jp or us";
}

fn is_line(text: &str) -> bool {
    text.chars().count() <= 255 && !text.contains(char::is_control)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leaves_its_place_in_a_path() {
        for right in ["aOpreudC", "45fbde15-cdd2-4891-be31-4a9de75fccda", "1", "a_b"] {
            assert_eq!(right.parse::<Id>().unwrap().to_string(), right);
        }
        for wrong in ["", "..", "a/b", "a?b", "a#b", "a%2Fb", "a b", "{jobId}", "온", &"a".repeat(65)] {
            assert!(wrong.parse::<Id>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_member_is_a_uuid() {
        assert!("45fbde15-cdd2-4891-be31-4a9de75fccda".parse::<Member>().is_ok());
        for wrong in ["", "UUID", "45fbde15cdd24891be314a9de75fccda", "45fbde15-cdd2-4891-be31-4a9de75fccd&"] {
            assert!(wrong.parse::<Member>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_and_texts_are_what_they_are_for() {
        assert!(["/metrics", "/", "/a/b?format=prometheus"].iter().all(|text| text.parse::<MetricsPath>().is_ok()));
        assert!(["", "metrics", "/a b", "/\n"].iter().all(|text| text.parse::<MetricsPath>().is_err()));
        assert!(["작업공간", "a b"].iter().all(|text| text.parse::<JobName>().is_ok()));
        assert!(["", " ", "a\nb"].iter().all(|text| text.parse::<JobName>().is_err()));
        assert!("".parse::<Line>().is_ok() && "a\u{1b}[1m".parse::<Line>().is_err());
        assert!("kr2".parse::<Region>().is_ok() && "KR\r\nX: y".parse::<Region>().is_err());
    }
}
