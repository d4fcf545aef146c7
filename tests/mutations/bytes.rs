//! One byte of a file changed.

use prompteval::stats::SplitMix64;

/// The text with one byte replaced, removed or inserted, and what was done.
pub(crate) fn change(text: &str, rng: &mut SplitMix64) -> (Vec<u8>, String) {
    let mut bytes = text.as_bytes().to_vec();
    let at = rng.index(bytes.len());
    // Most bytes are of the alphabet of these files: others are noticed by any parser.
    let new = match rng.index(4) {
        0 => (rng.next_u64() & 0xff) as u8,
        1 => b"0123456789+-!."[rng.index(14)],
        _ => bytes[rng.index(bytes.len())],
    };
    let what = match rng.index(3) {
        0 => {
            let old = std::mem::replace(&mut bytes[at], new);
            format!("byte {at}: {:?} -> {:?}", old as char, new as char)
        }
        1 => {
            let old = bytes.remove(at);
            format!("byte {at}: {:?} removed", old as char)
        }
        _ => {
            bytes.insert(at, new);
            format!("byte {at}: {:?} inserted", new as char)
        }
    };
    let from = at.saturating_sub(60);
    let near = bytes
        .get(from..(at + 60).min(bytes.len()))
        .unwrap_or_default();
    let near = String::from_utf8_lossy(near).into_owned();
    (bytes, format!("{what}, now {near:?}"))
}
