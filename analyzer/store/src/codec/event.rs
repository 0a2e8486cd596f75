//! Events as bytes: the one place that knows the types of `assay-run` inside out.
//!
//! A kind is one byte that is never used for anything else. A new kind of event or reading is one more
//! arm in each of two functions; it needs no new version, as an assay that does not know it stops at it.

use std::collections::BTreeMap;

use assay_run::reading::{
    Answer, Fault, FaultKind, Health, ProbeFailure, Reading, SampledSeries, Samples,
};
use assay_run::step::{Event, Ticket};
use assay_template::json::{DEPTH_MAX, Json};

use super::bytes::{Malformed, Unread, put_count, put_float, put_number, put_text, put_time};

pub(crate) fn put_event(out: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Started { at } => {
            out.push(1);
            put_time(out, *at);
        }
        Event::Woke { at } => {
            out.push(2);
            put_time(out, *at);
        }
        Event::Measured { at, ticket, answer } => {
            out.push(if answer.is_ok() { 3 } else { 4 });
            put_time(out, *at);
            put_count(out, ticket.metric);
            put_number(out, u64::from(ticket.number));
            match answer {
                Ok(answer) => put_answer(out, answer),
                Err(fault) => put_fault(out, fault),
            }
        }
        Event::Terminated { at, why } => {
            out.push(5);
            put_time(out, *at);
            put_text(out, why);
        }
        Event::Interrupted { at, why } => {
            out.push(6);
            put_time(out, *at);
            put_text(out, why);
        }
    }
}

pub(crate) fn event(from: &mut Unread<'_>) -> Result<Event, Malformed> {
    let tag = from.byte()?;
    let at = from.time()?;
    match tag {
        1 => Ok(Event::Started { at }),
        2 => Ok(Event::Woke { at }),
        3 | 4 => {
            let ticket = Ticket { metric: from.index()?, number: from.small()? };
            let answer = if tag == 3 { Ok(answer(from)?) } else { Err(fault(from)?) };
            Ok(Event::Measured { at, ticket, answer })
        }
        5 => Ok(Event::Terminated { at, why: from.text()? }),
        6 => Ok(Event::Interrupted { at, why: from.text()? }),
        tag => Err(Malformed::Kind { of: "event", tag }),
    }
}

fn put_answer(out: &mut Vec<u8>, answer: &Answer) {
    let Answer { reading, warnings, sampled, unfounded } = answer;
    put_reading(out, reading);
    put_count(out, warnings.len());
    warnings.iter().for_each(|warning| put_text(out, warning));
    // What most answers lack shares one byte.
    out.push(u8::from(sampled.is_some()) | (u8::from(unfounded.is_some()) << 1));
    sampled.iter().for_each(|time| put_time(out, *time));
    unfounded.iter().for_each(|why| put_text(out, why));
}

fn answer(from: &mut Unread<'_>) -> Result<Answer, Malformed> {
    let reading = reading(from)?;
    let warnings = from.list(Unread::text)?;
    let there = from.byte()?;
    if 3 < there {
        return Err(Malformed::Kind { of: "answer", tag: there });
    }
    let sampled = if there & 1 == 0 { None } else { Some(from.time()?) };
    let unfounded = if there & 2 == 0 { None } else { Some(from.text()?) };
    Ok(Answer { reading, warnings, sampled, unfounded })
}

fn put_reading(out: &mut Vec<u8>, reading: &Reading) {
    match reading {
        Reading::Scalar(value) => {
            out.push(1);
            put_float(out, *value);
        }
        Reading::Vector(values) => {
            out.push(2);
            put_floats(out, values);
        }
        Reading::Matrix(values) => {
            out.push(3);
            put_floats(out, values);
        }
        Reading::Json(json) => {
            out.push(4);
            put_json(out, json);
        }
        Reading::Text(text) => {
            out.push(5);
            put_text(out, text);
        }
        Reading::Health(health) => {
            out.push(6);
            put_health(out, health);
        }
        Reading::Score(score) => {
            out.push(7);
            put_float(out, *score);
        }
        Reading::Finished(completed) => {
            out.push(8);
            out.push(u8::from(*completed));
        }
        Reading::Nothing { why } => {
            out.push(9);
            put_text(out, why);
        }
        Reading::Samples(samples) => {
            out.push(10);
            put_samples(out, samples);
        }
    }
}

fn put_samples(out: &mut Vec<u8>, samples: &Samples) {
    put_count(out, samples.instants.len());
    samples.instants.iter().for_each(|at| put_time(out, *at));
    put_count(out, samples.series.len());
    for series in &samples.series {
        put_count(out, series.labels.len());
        for (name, value) in &series.labels {
            put_text(out, name);
            put_text(out, value);
        }
        put_count(out, series.values.len());
        for value in &series.values {
            match value {
                None => out.push(0),
                Some(value) => {
                    out.push(1);
                    put_float(out, *value);
                }
            }
        }
    }
}

fn samples(from: &mut Unread<'_>) -> Result<Samples, Malformed> {
    let instants = from.list(Unread::time)?;
    let series = from.list(|from| {
        let labels = from.list(|from| Ok((from.text()?, from.text()?)))?;
        let values = from.list(|from| match from.byte()? {
            0 => Ok(None),
            1 => Ok(Some(from.float()?)),
            tag => Err(Malformed::Kind { of: "sample", tag }),
        })?;
        Ok(SampledSeries { labels, values })
    })?;
    Ok(Samples { instants, series })
}

fn reading(from: &mut Unread<'_>) -> Result<Reading, Malformed> {
    match from.byte()? {
        1 => Ok(Reading::Scalar(from.float()?)),
        2 => Ok(Reading::Vector(from.list(Unread::float)?)),
        3 => Ok(Reading::Matrix(from.list(Unread::float)?)),
        4 => Ok(Reading::Json(json(from, DEPTH_MAX)?)),
        5 => Ok(Reading::Text(from.text()?)),
        6 => Ok(Reading::Health(health(from)?)),
        7 => Ok(Reading::Score(from.float()?)),
        8 => Ok(Reading::Finished(truth(from)?)),
        9 => Ok(Reading::Nothing { why: from.text()? }),
        10 => Ok(Reading::Samples(samples(from)?)),
        tag => Err(Malformed::Kind { of: "reading", tag }),
    }
}

fn put_floats(out: &mut Vec<u8>, floats: &[f64]) {
    put_count(out, floats.len());
    floats.iter().for_each(|float| put_float(out, *float));
}

fn truth(from: &mut Unread<'_>) -> Result<bool, Malformed> {
    match from.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        tag => Err(Malformed::Kind { of: "truth", tag }),
    }
}

fn put_health(out: &mut Vec<u8>, health: &Health) {
    let Health { passed, failures, latencies_seconds } = health;
    put_number(out, u64::from(*passed));
    put_count(out, failures.len());
    for ProbeFailure { target, why } in failures {
        put_text(out, target);
        put_text(out, why);
    }
    put_floats(out, latencies_seconds);
}

fn health(from: &mut Unread<'_>) -> Result<Health, Malformed> {
    let passed = from.small()?;
    let failures =
        from.list(|from| Ok(ProbeFailure { target: from.text()?, why: from.text()? }))?;
    Ok(Health { passed, failures, latencies_seconds: from.list(Unread::float)? })
}

fn put_fault(out: &mut Vec<u8>, fault: &Fault) {
    let Fault { kind, message } = fault;
    out.push(match kind {
        FaultKind::Unreachable => 1,
        FaultKind::TimedOut => 2,
        FaultKind::Refused => 3,
        FaultKind::Unreadable => 4,
        FaultKind::TooLarge => 5,
        FaultKind::Misconfigured => 6,
    });
    put_text(out, message);
}

fn fault(from: &mut Unread<'_>) -> Result<Fault, Malformed> {
    let kind = match from.byte()? {
        1 => FaultKind::Unreachable,
        2 => FaultKind::TimedOut,
        3 => FaultKind::Refused,
        4 => FaultKind::Unreadable,
        5 => FaultKind::TooLarge,
        6 => FaultKind::Misconfigured,
        tag => return Err(Malformed::Kind { of: "fault", tag }),
    };
    Ok(Fault { kind, message: from.text()? })
}

fn put_json(out: &mut Vec<u8>, json: &Json) {
    match json {
        Json::Null => out.push(1),
        Json::Bool(value) => out.push(if *value { 3 } else { 2 }),
        Json::Number(number) => {
            out.push(4);
            put_float(out, *number);
        }
        Json::Text(text) => {
            out.push(5);
            put_text(out, text);
        }
        Json::List(list) => {
            out.push(6);
            put_count(out, list.len());
            list.iter().for_each(|item| put_json(out, item));
        }
        Json::Map(map) => {
            out.push(7);
            put_count(out, map.len());
            for (key, value) in map {
                put_text(out, key);
                put_json(out, value);
            }
        }
    }
}

/// A value nested at most `depth` deep: whoever wrote it had the same limit.
fn json(from: &mut Unread<'_>, depth: usize) -> Result<Json, Malformed> {
    let inner = || depth.checked_sub(1).ok_or(Malformed::Depth);
    match from.byte()? {
        1 => Ok(Json::Null),
        2 => Ok(Json::Bool(false)),
        3 => Ok(Json::Bool(true)),
        4 => Ok(Json::Number(from.float()?)),
        5 => Ok(Json::Text(from.text()?)),
        6 => {
            let depth = inner()?;
            Ok(Json::List(from.list(|from| json(from, depth))?))
        }
        7 => {
            let depth = inner()?;
            let entries = from.list(|from| Ok((from.text()?, json(from, depth)?)))?;
            Ok(Json::Map(entries.into_iter().collect::<BTreeMap<_, _>>()))
        }
        tag => Err(Malformed::Kind { of: "JSON", tag }),
    }
}
