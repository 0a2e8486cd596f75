//! What was written is read back; anything else is an error, never a panic or another event.

use std::collections::BTreeMap;

use assay_run::reading::{
    Answer, Fault, FaultKind, Health, ProbeFailure, Reading, SampledSeries, Samples,
};
use assay_run::step::{Event, Ticket};
use assay_template::json::Json;
use jiff::Timestamp;
use proptest::prelude::*;

use super::bytes::{Malformed, Unread, put_number, put_time, seal, unseal};
use super::event::{event, put_event};
use super::journal::{Frame, Part, Segment, parts, unpack};

fn samples() -> impl Strategy<Value = Samples> {
    let labels = proptest::collection::vec((".{0,8}", ".{0,8}"), 0..4);
    let series = (labels, proptest::collection::vec(proptest::option::of(any::<f64>()), 0..4))
        .prop_map(|(labels, values)| SampledSeries { labels, values });
    (proptest::collection::vec(time(), 0..4), proptest::collection::vec(series, 0..4))
        .prop_map(|(instants, series)| Samples { instants, series })
}

fn time() -> impl Strategy<Value = Timestamp> {
    let whole = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    let now = 1_767_600_000_000_000_000..1_867_600_000_000_000_000i128;
    prop_oneof![whole, now].prop_map(|nanos| Timestamp::from_nanosecond(nanos).unwrap())
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<f64>().prop_map(Json::Number),
        ".{0,8}".prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            proptest::collection::btree_map(".{0,4}", inner, 0..4).prop_map(Json::Map),
        ]
    })
}

fn reading() -> impl Strategy<Value = Reading> {
    let floats = || proptest::collection::vec(any::<f64>(), 0..6);
    let failures = proptest::collection::vec(
        (".{0,8}", ".{0,8}").prop_map(|(target, why)| ProbeFailure { target, why }),
        0..3,
    );
    prop_oneof![
        any::<f64>().prop_map(Reading::Scalar),
        floats().prop_map(Reading::Vector),
        floats().prop_map(Reading::Matrix),
        json().prop_map(Reading::Json),
        ".{0,20}".prop_map(Reading::Text),
        (any::<u32>(), failures, floats()).prop_map(|(passed, failures, latencies_seconds)| {
            Reading::Health(Health { passed, failures, latencies_seconds })
        }),
        any::<f64>().prop_map(Reading::Score),
        any::<bool>().prop_map(Reading::Finished),
        ".{0,20}".prop_map(|why| Reading::Nothing { why }),
        samples().prop_map(Reading::Samples),
    ]
}

fn answer() -> impl Strategy<Value = Result<Answer, Fault>> {
    let kinds = [
        FaultKind::Unreachable,
        FaultKind::TimedOut,
        FaultKind::Refused,
        FaultKind::Unreadable,
        FaultKind::TooLarge,
        FaultKind::Misconfigured,
    ];
    let warnings = proptest::collection::vec(".{0,8}", 0..3);
    prop_oneof![
        (reading(), warnings, proptest::option::of(time()), proptest::option::of(".{0,8}"))
            .prop_map(|(reading, warnings, sampled, unfounded)| {
                Ok(Answer { reading, warnings, sampled, unfounded })
            }),
        (proptest::sample::select(kinds.to_vec()), ".{0,20}")
            .prop_map(|(kind, message)| Err(Fault { kind, message })),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        time().prop_map(|at| Event::Started { at }),
        time().prop_map(|at| Event::Woke { at }),
        (time(), 0..1_000usize, any::<u32>(), answer()).prop_map(|(at, metric, number, answer)| {
            Event::Measured { at, ticket: Ticket { metric, number }, answer }
        }),
        (time(), ".{0,20}").prop_map(|(at, why)| Event::Terminated { at, why }),
        (time(), ".{0,20}").prop_map(|(at, why)| Event::Interrupted { at, why }),
    ]
}

fn bytes_of(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_event(&mut bytes, event);
    bytes
}

proptest! {
    #[test]
    fn an_event_is_read_as_it_was_written(written in any_event()) {
        let bytes = bytes_of(&written);
        let mut rest = Unread(&bytes);
        let read = event(&mut rest).expect("an event");
        prop_assert_eq!(rest.end(), Ok(()));
        // Bits, as NaN is not equal to itself.
        prop_assert_eq!(bytes_of(&read), bytes);
    }

    #[test]
    fn what_is_cut_or_damaged_is_no_panic(written in any_event(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let bytes = bytes_of(&written);
        let place = at.index(bytes.len());
        prop_assert!(event(&mut Unread(&bytes[..place])).is_err());
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << bit;
        // It may be another event, as the checksum is around many of them; but it ends.
        drop(event(&mut Unread(&damaged)));
        let mut sealed = seal(1, &bytes);
        let place = at.index(sealed.len());
        sealed[place] ^= 1 << bit;
        prop_assert_eq!(unseal(1, &sealed), Err(Malformed::Checksum));
    }

    #[test]
    fn any_bytes_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(event(&mut Unread(&bytes)));
        drop(unpack(&bytes, 0, &mut Vec::new()));
        drop(Segment::of(&seal(1, &bytes)).map(|segment| segment.count));
        drop(parts::<Malformed>(&seal(1, &bytes), |_| Ok(())));
        drop(super::record::run(&seal(1, &bytes)));
    }

    #[test]
    fn numbers_are_read_as_they_were_written(number in any::<u64>(), at in time()) {
        let mut bytes = Vec::new();
        put_number(&mut bytes, number);
        put_time(&mut bytes, at);
        let mut rest = Unread(&bytes);
        prop_assert_eq!((rest.number(), rest.time(), rest.end()), (Ok(number), Ok(at), Ok(())));
    }
}

#[test]
fn what_a_newer_assay_wrote_is_told_as_such() {
    let started = bytes_of(&Event::Started { at: Timestamp::UNIX_EPOCH });
    let mut unknown = started.clone();
    unknown[0] = 99;
    let error = event(&mut Unread(&unknown)).expect_err("no event");
    let says = "99 is no kind of event this assay knows: start the newer one that wrote it";
    assert_eq!(error.to_string(), says);
    let error = unseal(1, &seal(2, &started)).expect_err("another version");
    let says = "it is of version 2; this assay knows version 1: start the newer one";
    assert_eq!(error.to_string(), says);
}

#[test]
fn json_nests_as_deep_as_a_source_may_nest_it() {
    let nested = |depth| (0..depth).fold(Json::Null, |inner, _| Json::List(vec![inner]));
    let read = |json| {
        let answer = Ok(Answer::of(Reading::Json(json)));
        let ticket = Ticket { metric: 0, number: 0 };
        let at = Timestamp::UNIX_EPOCH;
        event(&mut Unread(&bytes_of(&Event::Measured { at, ticket, answer }))).map(drop)
    };
    assert_eq!(read(nested(512)), Ok(()));
    assert_eq!(read(nested(513)), Err(Malformed::Depth));
    assert_eq!(read(Json::Map(BTreeMap::from([(String::new(), nested(511))]))), Ok(()));
}

#[test]
fn a_measurement_is_small() {
    let mut answer = Answer::of(Reading::Vector(vec![0.97]));
    answer.sampled = Some("2026-01-05T10:00:00Z".parse().expect("a time"));
    let at = "2026-01-05T10:00:00.123456789Z".parse().expect("a time");
    let ticket = Ticket { metric: 3, number: 200 };
    let bytes = bytes_of(&Event::Measured { at, ticket, answer: Ok(answer) });
    assert_eq!(bytes.len(), 31);
    let mut frame = Frame::default();
    frame.put(&Part { run: 100_000, first: 1_000, count: 1, body: &bytes });
    assert_eq!(frame.closed().len(), 31 + 12);
}
