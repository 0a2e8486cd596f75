//! Numbers and texts as bytes, and back without trusting any of them.

use jiff::Timestamp;

/// Bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("it is cut off")]
    CutOff,
    #[error("{extra} bytes follow its end")]
    TooLong { extra: usize },
    #[error("its checksum is wrong: it was torn or damaged")]
    Checksum,
    #[error("it is of version {found}; this assay knows version {known}: start the newer one")]
    Version { found: u8, known: u8 },
    #[error("{tag} is no kind of {of} this assay knows: start the newer one that wrote it")]
    Kind { of: &'static str, tag: u8 },
    #[error("a number in it is out of range")]
    Range,
    #[error("a text in it is not UTF-8")]
    NotUtf8,
    #[error("it is nested too deep")]
    Depth,
    #[error("{0}")]
    Document(String),
}

pub(crate) fn put_number(out: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

pub(crate) fn put_float(out: &mut Vec<u8>, float: f64) {
    out.extend_from_slice(&float.to_bits().to_le_bytes());
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    // A length in memory always fits 64 bits.
    put_number(out, u64::try_from(count).unwrap_or(u64::MAX));
}

/// Seconds, and nanoseconds below the second.
pub(crate) fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    let nanos = time.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).unwrap_or_default();
    put_number(out, ((seconds << 1) ^ (seconds >> 63)).cast_unsigned());
    put_number(out, u64::try_from(nanos.rem_euclid(NANOS)).unwrap_or_default());
}

const NANOS: i128 = 1_000_000_000;

/// Bytes yet to be read.
#[derive(Clone, Debug)]
pub(crate) struct Unread<'a>(pub(crate) &'a [u8]);

impl<'a> Unread<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed::CutOff)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed::CutOff)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return Err(Malformed::Range);
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed::Range)
    }

    pub(crate) fn small(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed::Range)
    }

    pub(crate) fn index(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed::Range)
    }

    pub(crate) fn float(&mut self) -> Result<f64, Malformed> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.index()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<String, Malformed> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| Malformed::NotUtf8)?;
        Ok(text.to_owned())
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Malformed> {
        let zigzag = self.number()?;
        let seconds = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
        let nanos = self.number()?;
        let nanos = i128::from(seconds) * NANOS + i128::from(nanos);
        Timestamp::from_nanosecond(nanos).map_err(|_| Malformed::Range)
    }

    /// A list of things, each read by `one`; room is made only for what can be there.
    pub(crate) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = self.index()?;
        if self.0.len() < count {
            return Err(Malformed::CutOff);
        }
        (0..count).map(|_| one(self)).collect()
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        match self.0.len() {
            0 => Ok(()),
            extra => Err(Malformed::TooLong { extra }),
        }
    }
}

/// Puts a version before `body` and a checksum over both behind it.
pub(crate) fn seal(version: u8, body: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(body.len() + SEAL_BYTES);
    sealed.push(version);
    sealed.extend_from_slice(body);
    close(&mut sealed);
    sealed
}

/// Puts a checksum over all of `bytes` behind it.
pub(crate) fn close(bytes: &mut Vec<u8>) {
    let checksum = crc32fast::hash(bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
}

/// A version and a checksum.
const SEAL_BYTES: usize = 5;

/// The body that was sealed.
pub(crate) fn unseal(known: u8, sealed: &[u8]) -> Result<&[u8], Malformed> {
    let (covered, checksum) = sealed.split_last_chunk().ok_or(Malformed::CutOff)?;
    if crc32fast::hash(covered) != u32::from_le_bytes(*checksum) {
        return Err(Malformed::Checksum);
    }
    match covered.split_first() {
        Some((found, body)) if *found == known => Ok(body),
        Some((found, _)) => Err(Malformed::Version { found: *found, known }),
        None => Err(Malformed::CutOff),
    }
}
