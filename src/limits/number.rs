//! What a limit is when all of them are looked at alike: a number of things or a time, and a row of the table of all limits.

use super::Limits;
use std::fmt;
use std::time::Duration;

/// The value of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Of what the limit's description says.
    Count(u64),
    /// Whole milliseconds.
    Time(Duration),
}

/// As in a configuration: `6s`, `1500ms`, `100`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Time(time) if time.subsec_millis() == 0 => write!(f, "{}s", time.as_secs()),
            Self::Time(time) => write!(f, "{}ms", time.as_millis()),
        }
    }
}

/// One limit: what it protects, what it may be, and where it is in [`Limits`].
#[derive(Debug)]
pub struct Row {
    /// Its key in a configuration, and its field.
    pub name: &'static str,
    /// Its description, for people.
    pub what: &'static str,
    /// Its default in words, where that depends on the machine.
    pub default_words: Option<&'static str>,
    /// The smallest value with which anything works.
    pub least: Number,
    /// The largest value that a machine holds.
    pub most: Number,
    /// Reads it.
    pub get: fn(&Limits) -> Number,
    /// Writes it; a number of the other kind, or one that the field cannot hold, changes nothing and is false.
    pub set: fn(&mut Limits, Number) -> bool,
}

/// A field's own type, as a [`Number`] and back.
pub(super) trait Bound: Copy {
    fn number(self) -> Number;
    fn of(number: Number) -> Option<Self>;
}

impl Bound for Duration {
    fn number(self) -> Number {
        Number::Time(self)
    }

    fn of(number: Number) -> Option<Self> {
        match number {
            Number::Time(time) => Some(time),
            Number::Count(_) => None,
        }
    }
}

macro_rules! counts {
    ($($kind:ty)+) => {$(
        impl Bound for $kind {
            fn number(self) -> Number {
                Number::Count(u64::try_from(self).unwrap_or_default())
            }

            fn of(number: Number) -> Option<Self> {
                match number {
                    Number::Count(count) => Self::try_from(count).ok(),
                    Number::Time(_) => None,
                }
            }
        }
    )+};
}

counts!(u32 u64 usize i64);

/// Makes the struct, its defaults and the table of all limits from one line each: name, type, default, least, most.
macro_rules! limits {
    ($($(#[doc = $what:literal])+ $name:ident: $kind:ty = $default:expr, $least:expr, $most:expr $(, $words:literal)?;)+) => {
        /// The bounds of one running service. [`Limits::default`] is what an operator gets who configures nothing.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $what])+ pub $name: $kind,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// All limits, in the order of the way.
            pub fn rows() -> Vec<Row> {
                vec![$(Row {
                    name: stringify!($name),
                    what: concat!($($what),+).trim_ascii(),
                    default_words: [$($words)?].first().copied(),
                    least: <$kind as Bound>::number($least),
                    most: <$kind as Bound>::number($most),
                    get: |limits| limits.$name.number(),
                    set: |limits, number| Bound::of(number).map(|value| limits.$name = value).is_some(),
                },)+]
            }
        }
    };
}

pub(super) use limits;
