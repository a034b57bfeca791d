//! Values of limits in a uniform form, and the rows of the table of all limits.

use super::Limits;
use std::fmt;
use std::time::Duration;

/// The value of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Number of the items that the limit's description names.
    Count(u64),
    /// Duration in whole milliseconds.
    Time(Duration),
}

/// Displays as in a configuration: `6s`, `1500ms`, `100`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Time(time) if time.subsec_millis() == 0 => write!(f, "{}s", time.as_secs()),
            Self::Time(time) => write!(f, "{}ms", time.as_millis()),
        }
    }
}

/// A limit: its description, its range, and its accessors in [`Limits`].
#[derive(Debug)]
pub struct Row {
    /// Key in a configuration, and name of the field.
    pub name: &'static str,
    /// Description for people.
    pub what: &'static str,
    /// Default in words, if it depends on the machine.
    pub default_words: Option<&'static str>,
    /// Smallest value with which the service works.
    pub least: Number,
    /// Largest value that a machine can hold.
    pub most: Number,
    /// Reads the limit.
    pub get: fn(&Limits) -> Number,
    /// Writes the limit; returns false and changes nothing for a number of the other kind or one that the field cannot
    /// hold.
    pub set: fn(&mut Limits, Number) -> bool,
}

/// A field type that converts to and from [`Number`].
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

/// Generates the struct, its defaults and the table of all limits from one line each: name, type, default, minimum,
/// maximum.
macro_rules! limits {
    ($($(#[doc = $what:literal])+ $name:ident: $kind:ty = $default:expr, $least:expr, $most:expr $(, $words:literal)?;)+) => {
        /// The limits of a running service. [`Limits::default`] applies without configuration.
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
            /// Returns all limits, in the order in which a request meets them.
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
