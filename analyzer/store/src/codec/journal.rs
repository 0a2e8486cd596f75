//! Runs of events as bytes: packed by whoever appends them, framed by commit, stored by run.

use assay_run::step::Event;

use super::bytes::{Malformed, Unread, close, put_bytes, put_count, put_number, unseal};
use super::event::{event, put_event};
use crate::lease::Token;
use crate::record::{Batch, RunId};

/// The version of frames and segments, and of the events in them.
pub(crate) const VERSION: u8 = 1;

/// A batch whose events are bytes already, each with its length before it.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) run: RunId,
    pub(crate) token: Token,
    pub(crate) first: u64,
    pub(crate) count: u64,
    pub(crate) body: Vec<u8>,
}

impl Packed {
    pub(crate) fn new(batch: &Batch) -> Self {
        let mut body = Vec::with_capacity(48 * batch.events.len());
        let mut count = 0;
        let mut one = Vec::new();
        for event in &batch.events {
            one.clear();
            put_event(&mut one, event);
            put_bytes(&mut body, &one);
            count += 1;
        }
        Self { run: batch.run, token: batch.token, first: batch.first, count, body }
    }
}

/// The events of a packed body, `skip` of them left out.
pub(crate) fn unpack(body: &[u8], skip: u64, events: &mut Vec<Event>) -> Result<(), Malformed> {
    let mut rest = Unread(body);
    let mut place = 0;
    while !rest.0.is_empty() {
        let mut one = Unread(rest.bytes()?);
        if skip <= place {
            events.push(event(&mut one)?);
            one.end()?;
        }
        place += 1;
    }
    Ok(())
}

/// Where in a packed body its event number `skip` begins.
pub(crate) fn offset(body: &[u8], skip: u64) -> Result<usize, Malformed> {
    let mut rest = Unread(body);
    for _ in 0..skip {
        rest.bytes()?;
    }
    Ok(body.len() - rest.0.len())
}

/// What one commit appended: a version, parts, a checksum.
#[derive(Debug, Default)]
pub(crate) struct Frame(Vec<u8>);

/// The events of one run in a frame.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// The number of the run.
    pub(crate) run: u64,
    /// The number of the first event.
    pub(crate) first: u64,
    /// How many.
    pub(crate) count: u64,
    /// The events, packed.
    pub(crate) body: &'a [u8],
}

impl Frame {
    pub(crate) fn put(&mut self, part: &Part<'_>) {
        if self.0.is_empty() {
            self.0.push(VERSION);
        }
        put_number(&mut self.0, part.run);
        put_number(&mut self.0, part.first);
        put_number(&mut self.0, part.count);
        put_bytes(&mut self.0, part.body);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The bytes to be stored; nothing may be put after this.
    pub(crate) fn closed(&mut self) -> &[u8] {
        close(&mut self.0);
        &self.0
    }
}

/// Hands each part of a stored frame to `each`.
pub(crate) fn parts<E: From<Malformed>>(
    stored: &[u8],
    mut each: impl FnMut(Part<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = Unread(unseal(VERSION, stored)?);
    while !rest.0.is_empty() {
        let (run, first, count) = (rest.number()?, rest.number()?, rest.number()?);
        each(Part { run, first, count, body: rest.bytes()? })?;
    }
    Ok(())
}

/// Events of one run, numbered, as they are stored for good.
#[derive(Debug)]
pub(crate) struct Segment<'a> {
    /// The number of the first event.
    pub(crate) first: u64,
    /// How many.
    pub(crate) count: u64,
    /// The events, packed.
    pub(crate) body: &'a [u8],
}

impl<'a> Segment<'a> {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body.len() + 24);
        bytes.push(VERSION);
        put_number(&mut bytes, self.first);
        put_number(&mut bytes, self.count);
        put_count(&mut bytes, self.body.len());
        bytes.extend_from_slice(self.body);
        close(&mut bytes);
        bytes
    }

    pub(crate) fn of(stored: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = Unread(unseal(VERSION, stored)?);
        let (first, count, body) = (rest.number()?, rest.number()?, rest.bytes()?);
        rest.end()?;
        Ok(Self { first, count, body })
    }
}
