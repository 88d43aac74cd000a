//! Checks every property with each file of its corpus, with mutations of these that resemble an
//! attacker's, and with arbitrary bytes. `PROPTEST_CASES` sets the number of cases, of which ten
//! times as many run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use std::fmt;
use std::fs::{read, read_dir, read_to_string};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

fn fuzz(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz").join(path)
}

/// The saved inputs: some valid ones, and all that ever broke a property.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<_> =
        read_dir(fuzz("corpus").join(name)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| read(file).unwrap()).collect()
}

/// The words of libFuzzer's dictionary, one per line in quotes.
fn words() -> Vec<Vec<u8>> {
    let text = read_to_string(fuzz("words.dict")).unwrap();
    let quoted = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(unescaped).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let (mut rest, mut plain) = (word.as_bytes(), Vec::new());
    while let [first, after @ ..] = rest {
        let (byte, length) = match rest {
            [b'\\', b'x', high, low, ..] => {
                let digits = [*high, *low].map(char::from).iter().collect::<String>();
                (u8::from_str_radix(&digits, 16).unwrap(), 3)
            }
            [b'\\', other, ..] => (*other, 1),
            _ => (*first, 0),
        };
        plain.push(byte);
        rest = &after[length..];
    }
    plain
}

/// A mutation of an input.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Cut(Index, Index),
    Repeat(Index, Index, usize),
    Insert(Index, Vec<u8>),
    /// Replaces a byte, such as one of the other base64 alphabet or the other case.
    Swap(u8, u8),
    /// The front of this input and the back of another.
    Splice(Index, Vec<u8>, Index),
}

fn change(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Change> {
    let swaps = [(b'-', b'+'), (b'_', b'/'), (b'"', b'\''), (b'a', b'A'), (b'=', b'&')];
    let place = any::<Index>;
    prop_oneof![
        (place(), 1..=255_u8).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (place(), place()).prop_map(|(from, to)| Change::Cut(from, to)),
        (place(), place(), select(vec![2, 3, 40, 200]))
            .prop_map(|(a, b, n)| Change::Repeat(a, b, n)),
        (place(), select(words())).prop_map(|(at, word)| Change::Insert(at, word)),
        (place(), vec(any::<u8>(), 1..4)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (place(), any::<char>()).prop_map(|(at, it)| Change::Insert(at, it.to_string().into())),
        select(swaps.to_vec()).prop_map(|(from, to)| Change::Swap(from, to)),
        (place(), select(corpus), place()).prop_map(|(at, it, from)| Change::Splice(at, it, from)),
    ]
}

fn apply(mut bytes: Vec<u8>, change: Change) -> Vec<u8> {
    let length = bytes.len();
    let place = |index: Index| index.index(length + 1);
    let range = |a, b| place(a).min(place(b))..place(a).max(place(b));
    match change {
        Change::Flip(at, bits) if length > 0 => bytes[at.index(length)] ^= bits,
        Change::Flip(..) => {}
        Change::Cut(from, to) => drop(bytes.drain(range(from, to))),
        Change::Repeat(from, to, times) => {
            let range = range(from, to);
            let repeated = bytes[range.clone()].repeat(times);
            bytes.splice(range, repeated.into_iter().take(100_000)).for_each(drop);
        }
        Change::Insert(at, word) => {
            let at = place(at);
            bytes.splice(at..at, word).for_each(drop);
        }
        Change::Swap(from, to) => {
            bytes.iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
        }
        Change::Splice(at, other, from) => {
            bytes.truncate(place(at));
            bytes.extend_from_slice(&other[from.index(other.len() + 1)..]);
        }
    }
    bytes
}

/// An input, printed as escaped text if it fails.
#[derive(Clone)]
struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

fn input(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Input> {
    let changed = (select(corpus.clone()), vec(change(corpus), 1..6))
        .prop_map(|(bytes, changes)| changes.into_iter().fold(bytes, apply));
    prop_oneof![
        8 => changed,
        1 => vec(any::<u8>(), 0..100),
        1 => any::<String>().prop_map(String::into_bytes),
    ]
    .prop_map(Input)
}

fn holds(name: &str, property: fn(&[u8])) {
    let corpus = corpus(name);
    for bytes in &corpus {
        let kept = catch_unwind(AssertUnwindSafe(|| property(bytes)));
        assert!(kept.is_ok(), "{name}: {:?}", String::from_utf8_lossy(bytes));
    }
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    config.cases *= 10;
    let asked = TestRunner::new(config).run(&input(corpus), |Input(bytes)| {
        property(&bytes);
        Ok(())
    });
    if let Err(error) = asked {
        panic!("{name}: {error}");
    }
}

macro_rules! properties {
    ($($sentence:ident: $property:ident;)*) => {
        $(
            #[test]
            fn $sentence() {
                holds(stringify!($property), longwave_properties::$property);
            }
        )*

        #[test]
        fn every_property_has_a_fuzz_target_and_a_corpus() {
            let names = |folder: &str| {
                let entries = read_dir(fuzz(folder)).unwrap().map(|entry| entry.unwrap().path());
                let mut names: Vec<_> = entries.map(|it| it.file_stem().unwrap().to_owned()).collect();
                names.sort();
                names
            };
            let mut properties = [$(stringify!($property)),*];
            properties.sort_unstable();
            assert_eq!(names("fuzz_targets"), properties);
            assert_eq!(names("corpus"), properties);
        }
    };
}

properties! {
    a_body_is_accepted_within_the_limits_or_refused_by_field: bodies;
    accepted_content_parses_with_every_parser: contents;
    a_query_parameter_is_its_decoded_single_value: queries;
    any_header_yields_only_usable_values: headers;
    an_id_has_one_canonical_form: ids;
    only_a_server_written_cursor_is_accepted: cursors;
    a_token_is_valid_only_as_signed_to_the_last_bit: tokens;
    signed_claims_make_a_token_only_when_complete: claims;
    a_signature_is_valid_for_one_call: signed_calls;
    a_frame_is_single_line_json_that_the_client_reads: frames;
}
