//! The ChaCha stream cipher with eight rounds, as a source of random numbers.
//!
//! The stream is that of `rand_chacha`'s `ChaCha8Rng` under `seed_from_u64` and `set_stream`, to the
//! last bit: recorded figures hang on it. A test holds the two against each other.
//!
//! Four blocks are made at a time, side by side, which a compiler turns into vector instructions.

/// Blocks that are made at a time.
const LANES: usize = 4;
/// Numbers of 64 bits in as many blocks.
const NUMBERS: usize = LANES * 8;
/// Rounds in pairs, a column and a diagonal one.
const DOUBLE_ROUNDS: u32 = 4;

/// One word of each block.
type Word = [u32; LANES];

/// The stream of one number under one seed.
///
/// # Source
///
/// Bernstein (2008), "ChaCha, a variant of Salsa20", with a counter and a stream number of 64 bits.
/// The seed becomes a key as in `rand_core` 0.10: eight steps of the generator of O'Neill (2014), PCG.
#[derive(Clone, Debug)]
pub(super) struct ChaCha8 {
    key: [u32; 8],
    stream: u64,
    block: u64,
    numbers: [u64; NUMBERS],
    used: usize,
}

impl ChaCha8 {
    /// The stream from its start.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self::of_key(key_of(seed), stream)
    }

    fn of_key(key: [u32; 8], stream: u64) -> Self {
        Self { key, stream, block: 0, numbers: [0; NUMBERS], used: NUMBERS }
    }

    /// The next 64 bits.
    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        if self.used == NUMBERS {
            self.refill();
        }
        let number = self.numbers[self.used % NUMBERS];
        self.used += 1;
        number
    }

    /// Kept out of the way of [`Self::next`], which is called for every number.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) {
        self.numbers = blocks(&self.key, self.stream, self.block, DOUBLE_ROUNDS);
        self.block = self.block.wrapping_add(4);
        self.used = 0;
    }
}

/// Four blocks in a row, two words a number, the lower word first.
fn blocks(key: &[u32; 8], stream: u64, block: u64, double_rounds: u32) -> [u64; NUMBERS] {
    let counters: [u64; LANES] = [0, 1, 2, 3].map(|lane| block.wrapping_add(lane));
    let start: [Word; 16] = [
        [0x6170_7865; LANES],
        [0x3320_646e; LANES],
        [0x7962_2d32; LANES],
        [0x6b20_6574; LANES],
        [key[0]; LANES],
        [key[1]; LANES],
        [key[2]; LANES],
        [key[3]; LANES],
        [key[4]; LANES],
        [key[5]; LANES],
        [key[6]; LANES],
        [key[7]; LANES],
        counters.map(low),
        counters.map(|counter| low(counter >> 32)),
        [low(stream); LANES],
        [low(stream >> 32); LANES],
    ];
    let mut x = start;
    for _ in 0..double_rounds {
        quarter(&mut x, 0, 4, 8, 12);
        quarter(&mut x, 1, 5, 9, 13);
        quarter(&mut x, 2, 6, 10, 14);
        quarter(&mut x, 3, 7, 11, 15);
        quarter(&mut x, 0, 5, 10, 15);
        quarter(&mut x, 1, 6, 11, 12);
        quarter(&mut x, 2, 7, 8, 13);
        quarter(&mut x, 3, 4, 9, 14);
    }
    for (word, from) in x.iter_mut().zip(&start) {
        *word = plus(*word, *from);
    }
    let mut numbers = [0; NUMBERS];
    for lane in 0..LANES {
        for pair in 0..8 {
            let (first, second) = (x[2 * pair][lane], x[2 * pair + 1][lane]);
            numbers[8 * lane + pair] = u64::from(first) | (u64::from(second) << 32);
        }
    }
    numbers
}

#[inline]
fn quarter(x: &mut [Word; 16], a: usize, b: usize, c: usize, d: usize) {
    x[a] = plus(x[a], x[b]);
    x[d] = turned(x[d], x[a], 16);
    x[c] = plus(x[c], x[d]);
    x[b] = turned(x[b], x[c], 12);
    x[a] = plus(x[a], x[b]);
    x[d] = turned(x[d], x[a], 8);
    x[c] = plus(x[c], x[d]);
    x[b] = turned(x[b], x[c], 7);
}

#[inline]
fn plus(a: Word, b: Word) -> Word {
    std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
}

/// `a xor b`, its bits turned to the left.
#[inline]
fn turned(a: Word, b: Word, by: u32) -> Word {
    std::array::from_fn(|lane| (a[lane] ^ b[lane]).rotate_left(by))
}

/// The lower half of 64 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the upper half is what is left out")]
fn low(bits: u64) -> u32 {
    bits as u32
}

/// A key from a seed.
fn key_of(seed: u64) -> [u32; 8] {
    let mut state = seed;
    [0; 8].map(|_: u32| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0xa176_54e4_6fbe_17f3);
        low(((state >> 18) ^ state) >> 27).rotate_right(low(state >> 59))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn the_stream_is_that_of_rand_chacha() {
        let seeds = [0, 1, 999, 20_261_121, 1 << 63, u64::MAX];
        for seed in seeds {
            for stream in [0, 1, 4_000_003, (100 << 32) | 17, u64::MAX] {
                let mut peer = ChaCha8Rng::seed_from_u64(seed);
                peer.set_stream(stream);
                let mut own = ChaCha8::new(seed, stream);
                for at in 0..1_000 {
                    assert_eq!(own.next(), peer.next_u64(), "seed {seed}, stream {stream}, {at}");
                }
            }
        }
    }

    #[test]
    fn the_counter_crosses_32_bits() {
        let mut peer = ChaCha8Rng::seed_from_u64(5);
        let block = u64::from(u32::MAX) - 2;
        peer.set_word_pos(u128::from(block) * 16);
        let own = blocks(&key_of(5), 0, block, DOUBLE_ROUNDS);
        own.iter().for_each(|&number| assert_eq!(number, peer.next_u64()));
    }

    /// The first bytes of a block, as published.
    fn check(numbers: [u64; NUMBERS], from: usize, expected: &expect_test::Expect) {
        let bytes = numbers[from..from + 8].iter().flat_map(|number| number.to_le_bytes());
        expected.assert_eq(&bytes.map(|byte| format!("{byte:02x}")).collect::<String>());
    }

    #[test]
    fn published_blocks() {
        // Strombergson (2013), draft-strombergson-chacha-test-vectors, TC1 and TC2 with 256 bits,
        // eight rounds.
        check(
            blocks(&[0; 8], 0, 0, 4),
            0,
            &expect![[
                r#"3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42"#
            ]],
        );
        let mut key = [0; 8];
        key[0] = 1;
        check(
            blocks(&key, 0, 0, 4),
            0,
            &expect![[
                r#"cf5ee9a0494aa9613e05d5ed725b804b12f4a465ee635acc3a311de8740489ea289d04f43c7518db56eb4433e498a1238cd8464d3763ddbb9222ee3bd8fae3c8"#
            ]],
        );
        // RFC 8439, section 2.3.2, with twenty rounds: its counter of 32 bits is the lower half of
        // ours, the first word of its nonce the upper half.
        let key = std::array::from_fn(|word| {
            u32::from_le_bytes(std::array::from_fn(|byte| u8::try_from(4 * word + byte).unwrap()))
        });
        let block = 1 | (0x0900_0000 << 32);
        check(
            blocks(&key, 0x4a00_0000, block, 10),
            0,
            &expect![[
                r#"10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"#
            ]],
        );
    }
}
