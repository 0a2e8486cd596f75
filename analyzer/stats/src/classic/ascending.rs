//! Sorting finite floats fast.
//!
//! A comparison sort waits for branches nobody can foresee. Here a value's place is computed: first
//! as if values were spread evenly between the smallest and the largest, and where they are crowded
//! by the bits of the float, which are spread as logs are. What neither tells apart is moved to its
//! place one by one, or compared after all where that would take long.

/// Below this many values a comparison sort is quicker than looking for places.
const DIGITS_MIN: usize = 200;
/// Above this many values they no longer stay near the processor, and are dealt out first.
const DIGITS_MAX: usize = 4_096;
/// Values of a part when they are dealt out.
const PART: usize = 1_024;
/// Parts of parts of parts at most.
const DEPTH_MAX: u32 = 3;
/// The bits of a digit, at most.
const BITS_MAX: u32 = 11;
/// Places of a digit.
const PLACES: usize = 1 << BITS_MAX;
/// Moves for each value after which the digits have told too little.
const MOVES_MAX: usize = 6;

/// The values in ascending order; the two zeros are one value.
pub(crate) fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted = vec![0.0; values.len()];
    sort_into(values, &mut sorted, &mut Vec::new(), 0);
    sorted
}

/// Sorts values into as many places.
fn sort_into(values: &[f64], sorted: &mut [f64], scratch: &mut Vec<f64>, depth: u32) {
    if DIGITS_MAX < values.len() && depth < DEPTH_MAX {
        let (low, high) = range(values);
        let bits = (values.len() / PART).ilog2().clamp(4, BITS_MAX);
        let even = Evenly::new(low, high, bits);
        let by_bits = Bits::new(low, high, bits);
        if even
            .is_some_and(|map| by_parts(values, sorted, scratch, (bits, depth), |it| map.place(it)))
            || by_parts(values, sorted, scratch, (bits, depth), |it| by_bits.place(it))
        {
            return;
        }
    }
    // Adding zero turns minus zero into zero.
    sorted.iter_mut().zip(values).for_each(|(slot, &value)| *slot = value + 0.0);
    sort(sorted, scratch);
}

/// Sorts a part that stays near the processor.
fn sort(values: &mut [f64], scratch: &mut Vec<f64>) {
    if values.len() < DIGITS_MIN || DIGITS_MAX < values.len() {
        return by_comparison(values);
    }
    let (low, high) = range(values);
    if !(low < high) {
        return;
    }
    if scratch.len() < values.len() {
        scratch.resize(values.len(), 0.0);
    }
    let scratch = &mut scratch[..values.len()];
    // Places enough that one value in a hundred shares its place with another, if all is even.
    let bits = (values.len().ilog2() + 7) / 2;
    let even = Evenly::new(low, high, 2 * bits);
    let by_bits = Bits::new(low, high, 2 * bits);
    let done = even.is_some_and(|map| by_digits(values, scratch, bits, |it| map.place(it)))
        || by_digits(values, scratch, bits, |it| by_bits.place(it));
    if !done {
        by_comparison(values);
    }
}

/// Sorts by comparing integers that order as the values do.
fn by_comparison(values: &mut [f64]) {
    let mut keys: Vec<u64> = values.iter().map(|&value| key(value)).collect();
    keys.sort_unstable();
    values.iter_mut().zip(keys).for_each(|(slot, key)| *slot = value(key));
}

/// Places of equal width between two values.
#[derive(Clone, Copy)]
struct Evenly {
    low: f64,
    scale: f64,
}

impl Evenly {
    /// `2^bits` places, at most `2^31`; `None` when the width is no number.
    fn new(low: f64, high: f64, bits: u32) -> Option<Self> {
        let scale = (f64::from(1_u32 << bits) - 1.0) / (high - low);
        (0.0 < scale && scale < f64::INFINITY).then_some(Self { low, scale })
    }

    /// Subtracting and multiplying keep the order, so a larger value never gets an earlier place.
    #[inline]
    fn place(self, value: f64) -> usize {
        /// Adding it leaves the nearest whole number in the low bits.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        narrow(((value - self.low) * self.scale + WHOLE).to_bits() & 0x7fff_ffff)
    }
}

/// Places of as many floats each, between two values.
#[derive(Clone, Copy)]
struct Bits {
    low: u64,
    shift: u32,
}

impl Bits {
    fn new(low: f64, high: f64, bits: u32) -> Self {
        let span = key(high) - key(low);
        Self { low: key(low), shift: (64 - span.leading_zeros()).saturating_sub(bits) }
    }

    #[inline]
    fn place(self, value: f64) -> usize {
        narrow((key(value) - self.low) >> self.shift)
    }
}

/// A place as an index.
#[inline]
fn narrow(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// Sorts by the two digits of a value's place, and the rest by moving single values.
///
/// False, with the values in any order, when that would take many moves.
fn by_digits(
    values: &mut [f64],
    scratch: &mut [f64],
    bits: u32,
    place: impl Fn(f64) -> usize,
) -> bool {
    let mask = (1 << bits) - 1;
    let (mut low, mut high) = ([0_u32; PLACES], [0_u32; PLACES]);
    let places = 1 << bits.min(BITS_MAX);
    for &value in &*values {
        let place = place(value);
        low[place & mask & (PLACES - 1)] += 1;
        high[(place >> bits) & (PLACES - 1)] += 1;
    }
    begin(&mut low[..places]);
    begin(&mut high[..places]);
    deal(values, scratch, &mut low, |value| place(value) & mask);
    deal(scratch, values, &mut high, |value| place(value) >> bits);
    settle(values)
}

/// Deals the values out to parts by their place and sorts each.
///
/// False, with nothing done, when one part would get most of them.
fn by_parts(
    values: &[f64],
    sorted: &mut [f64],
    scratch: &mut Vec<f64>,
    (bits, depth): (u32, u32),
    place: impl Fn(f64) -> usize,
) -> bool {
    let mut starts = [0_u32; PLACES];
    for &value in values {
        starts[place(value + 0.0) & (PLACES - 1)] += 1;
    }
    let largest = starts.iter().copied().max().unwrap_or(0);
    let counted = usize::try_from(largest).unwrap_or(usize::MAX);
    if values.len() / 2 < counted || u32::try_from(values.len()).is_err() {
        return false;
    }
    let places = 1 << bits.min(BITS_MAX);
    begin(&mut starts[..places]);
    deal(values, sorted, &mut starts, place);
    // Each start has moved to the end of its part.
    let mut from = 0;
    for &end in &starts[..places] {
        let to = usize::try_from(end).unwrap_or(from);
        let part = &mut sorted[from..to];
        if part.len() <= DIGITS_MAX {
            sort(part, scratch);
        } else {
            let crowded = part.to_vec();
            sort_into(&crowded, part, scratch, depth + 1);
        }
        from = to;
    }
    true
}

/// Turns counts into where each place begins.
fn begin(counts: &mut [u32]) {
    let mut sum = 0;
    for slot in counts {
        let here = *slot;
        *slot = sum;
        sum += here;
    }
}

/// Copies every value to where its place is filled up to.
fn deal(from: &[f64], to: &mut [f64], starts: &mut [u32; PLACES], place: impl Fn(f64) -> usize) {
    for &value in from {
        let value = value + 0.0;
        let start = &mut starts[place(value) & (PLACES - 1)];
        if let Some(slot) = usize::try_from(*start).ok().and_then(|at| to.get_mut(at)) {
            *slot = value;
        }
        *start += 1;
    }
}

/// The smallest and the largest value, found in four strands that do not wait for each other.
fn range(values: &[f64]) -> (f64, f64) {
    let mut low = [f64::INFINITY; 4];
    let mut high = [f64::NEG_INFINITY; 4];
    let mut take = |strand: usize, value: f64| {
        low[strand] = if value < low[strand] { value } else { low[strand] };
        high[strand] = if high[strand] < value { value } else { high[strand] };
    };
    let (quads, rest) = values.as_chunks::<4>();
    for quad in quads {
        (0..4).for_each(|strand| take(strand, quad[strand]));
    }
    rest.iter().for_each(|&value| take(0, value));
    let least = low.into_iter().fold(f64::INFINITY, f64::min);
    (least, high.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

/// Sorts values that are nearly in order by moving each to its place; false when there is too much
/// to move.
fn settle(values: &mut [f64]) -> bool {
    let mut moves = 0;
    let moves_max = MOVES_MAX * values.len();
    for at in 1..values.len() {
        let value = values[at];
        if values[at - 1] <= value {
            continue;
        }
        let mut place = at;
        while 0 < place && value < values[place - 1] {
            values[place] = values[place - 1];
            place -= 1;
        }
        values[place] = value;
        moves += at - place;
        if moves_max < moves {
            return false;
        }
    }
    true
}

/// An integer that orders as the float does.
fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    let negative = bits >> 63;
    bits ^ (negative.wrapping_neg() | (1 << 63))
}

fn value(key: u64) -> f64 {
    let positive = key >> 63;
    f64::from_bits(key ^ (positive.wrapping_sub(1) | (1 << 63)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorts as the library does.
    fn check(what: &str, values: impl Iterator<Item = f64>) {
        // The two zeros are one value.
        let values: Vec<f64> = values.filter(|value| value.is_finite()).map(|v| v + 0.0).collect();
        let mut expected = values.clone();
        expected.sort_by(f64::total_cmp);
        let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<u64>>();
        let same = bits(ascending(&values)) == bits(expected);
        assert!(same, "{what}: {} values", values.len());
    }

    #[test]
    fn sorts_like_the_library() {
        let spread = |bits: u64| f64::from(u32::try_from(bits >> 32).unwrap_or(0));
        let shapes: [(&str, &dyn Fn(u64) -> f64); 10] = [
            ("any bits at all", &f64::from_bits),
            ("even", &spread),
            ("few different values", &|bits| (spread(bits) / 2e7).floor() - 100.0),
            ("differences in the last digits", &|bits| {
                f64::from_bits((bits >> 44) | (bits & 1) << 63)
            }),
            ("half an octave", &|bits| f64::from_bits(0x3ff0_0000_0000_0000 | (bits >> 34))),
            ("one value", &|_| 7.0),
            ("a heavy tail", &|bits| 1.0 / (spread(bits) + 1.0)),
            ("a very heavy tail", &|bits| libm::exp(spread(bits) / 7e6)),
            ("a heavy tail on both sides", &|bits| {
                let root = spread(bits) / 2_147_483_648.0 - 1.0;
                root * root * root * root * root
            }),
            ("one value and a few far away", &|bits| {
                if bits % 997 == 0 { spread(bits) } else { 1.5 }
            }),
        ];
        for (what, shape) in shapes {
            for count in [0, 1, 5, 199, 200, 1000, 5000, 24_577, 70_000] {
                let mut state = 7_u64;
                let mut draw = || {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    shape(state ^ (state >> 29))
                };
                check(what, (0..count).map(|_| draw()));
            }
        }
        let ends = [f64::MAX, f64::MIN, 0.0, -0.0, f64::MIN_POSITIVE, -5e-324, 5e-324, 1.0];
        check("the ends of the floats", ends.into_iter().cycle().take(50_000));
        let sorted = (0..50_000_u32).map(f64::from);
        check("in order", sorted.clone());
        check("in reverse", sorted.rev());
    }
}
