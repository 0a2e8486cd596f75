//! The methods of times, durations and their kin.

use super::nature::Nature;

/// What a method belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receiver {
    /// A time.
    Time,
    /// A duration.
    Duration,
    /// A month.
    Month,
    /// A day of the week.
    Weekday,
    /// A time zone.
    Location,
}

/// A method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Method {
    /// What it belongs to.
    pub(super) receiver: Receiver,
    /// Which one.
    pub(super) name: MethodName,
}

macro_rules! methods {
    ($($variant:ident = $name:literal,)*) => {
        /// The name of a method.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum MethodName {
            $(
                #[doc = $name]
                $variant,
            )*
        }

        impl MethodName {
            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// As it is written.
            pub(super) fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

methods! {
    Abs = "Abs",
    Add = "Add",
    AddDate = "AddDate",
    After = "After",
    Before = "Before",
    Compare = "Compare",
    Day = "Day",
    Equal = "Equal",
    Format = "Format",
    Hour = "Hour",
    Hours = "Hours",
    In = "In",
    IsDst = "IsDST",
    IsoWeek = "ISOWeek",
    IsZero = "IsZero",
    Location = "Location",
    Microseconds = "Microseconds",
    Milliseconds = "Milliseconds",
    Minute = "Minute",
    Minutes = "Minutes",
    Month = "Month",
    Nanosecond = "Nanosecond",
    Nanoseconds = "Nanoseconds",
    Round = "Round",
    Second = "Second",
    Seconds = "Seconds",
    String = "String",
    Sub = "Sub",
    Truncate = "Truncate",
    Unix = "Unix",
    UnixMicro = "UnixMicro",
    UnixMilli = "UnixMilli",
    UnixNano = "UnixNano",
    Utc = "UTC",
    Weekday = "Weekday",
    Year = "Year",
    YearDay = "YearDay",
    Zone = "Zone",
}

impl Method {
    /// The method `name` of `receiver`.
    pub(super) fn of(receiver: Receiver, name: &str) -> Option<Self> {
        let name = MethodName::named(name)?;
        let method = Self { receiver, name };
        method.signature().map(|_| method)
    }

    /// What it takes.
    pub(super) fn parameters(self) -> &'static [Nature] {
        self.signature().map_or(&[], |(parameters, _)| parameters)
    }

    /// What it gives; of several values the first, which is the one the language keeps.
    pub(super) fn gives(self) -> Nature {
        self.signature().map_or(Nature::Unknown, |(_, result)| result)
    }

    fn signature(self) -> Option<(&'static [Nature], Nature)> {
        match self.receiver {
            Receiver::Time => self.of_time(),
            Receiver::Duration => self.of_duration(),
            Receiver::Month | Receiver::Weekday | Receiver::Location => {
                (self.name == MethodName::String).then_some((&[], Nature::Text))
            }
        }
    }

    fn of_time(self) -> Option<(&'static [Nature], Nature)> {
        use MethodName as M;
        const NONE: &[Nature] = &[];
        Some(match self.name {
            M::After | M::Before | M::Equal => (&[Nature::Time], Nature::Bool),
            M::Compare => (&[Nature::Time], Nature::Int),
            M::IsZero | M::IsDst => (NONE, Nature::Bool),
            M::Add => (&[Nature::Duration], Nature::Time),
            M::Sub => (&[Nature::Time], Nature::Duration),
            M::AddDate => (&[Nature::Int, Nature::Int, Nature::Int], Nature::Time),
            M::Round | M::Truncate => (&[Nature::Duration], Nature::Time),
            M::Year
            | M::Day
            | M::Hour
            | M::Minute
            | M::Second
            | M::Nanosecond
            | M::YearDay
            | M::IsoWeek => (NONE, Nature::Int),
            M::Month => (NONE, Nature::Month),
            M::Weekday => (NONE, Nature::Weekday),
            M::Unix | M::UnixMilli | M::UnixMicro | M::UnixNano => (NONE, Nature::Int64),
            M::Utc => (NONE, Nature::Time),
            M::In => (&[Nature::Location], Nature::Time),
            M::Location => (NONE, Nature::Location),
            M::Format => (&[Nature::Text], Nature::Text),
            M::String | M::Zone => (NONE, Nature::Text),
            M::Abs
            | M::Hours
            | M::Minutes
            | M::Seconds
            | M::Milliseconds
            | M::Microseconds
            | M::Nanoseconds => return None,
        })
    }

    fn of_duration(self) -> Option<(&'static [Nature], Nature)> {
        use MethodName as M;
        const NONE: &[Nature] = &[];
        Some(match self.name {
            M::Hours | M::Minutes | M::Seconds => (NONE, Nature::Float),
            M::Milliseconds | M::Microseconds | M::Nanoseconds => (NONE, Nature::Int64),
            M::String => (NONE, Nature::Text),
            M::Round | M::Truncate => (&[Nature::Duration], Nature::Duration),
            M::Abs => (NONE, Nature::Duration),
            M::Add
            | M::AddDate
            | M::After
            | M::Before
            | M::Compare
            | M::Day
            | M::Equal
            | M::Format
            | M::Hour
            | M::In
            | M::IsDst
            | M::IsoWeek
            | M::IsZero
            | M::Location
            | M::Minute
            | M::Month
            | M::Nanosecond
            | M::Second
            | M::Sub
            | M::Unix
            | M::UnixMicro
            | M::UnixMilli
            | M::UnixNano
            | M::Utc
            | M::Weekday
            | M::Year
            | M::YearDay
            | M::Zone => return None,
        })
    }
}

impl Receiver {
    /// What kind of receiver a nature is.
    pub(super) fn of(nature: &Nature) -> Option<Self> {
        if *nature == Nature::Time {
            Some(Self::Time)
        } else if *nature == Nature::Duration {
            Some(Self::Duration)
        } else if *nature == Nature::Month {
            Some(Self::Month)
        } else if *nature == Nature::Weekday {
            Some(Self::Weekday)
        } else if *nature == Nature::Location {
            Some(Self::Location)
        } else {
            None
        }
    }
}
