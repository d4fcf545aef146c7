//! What is asserted of a position: its line, its text, its word.

use std::sync::LazyLock;

use regex_automata::util::look::LookMatcher;
use regex_syntax::hir::Look;

static MATCHER: LazyLock<LookMatcher> = LazyLock::new(LookMatcher::new);

/// Whether an assertion holds between two characters.
pub(super) fn holds(look: Look, text: &str, at: usize) -> bool {
    let (matcher, bytes) = (&*MATCHER, text.as_bytes());
    let word = match look {
        Look::Start => return matcher.is_start(bytes, at),
        Look::End => return matcher.is_end(bytes, at),
        Look::StartLF => return matcher.is_start_lf(bytes, at),
        Look::EndLF => return matcher.is_end_lf(bytes, at),
        Look::StartCRLF => return matcher.is_start_crlf(bytes, at),
        Look::EndCRLF => return matcher.is_end_crlf(bytes, at),
        Look::WordAscii => return matcher.is_word_ascii(bytes, at),
        Look::WordAsciiNegate => return matcher.is_word_ascii_negate(bytes, at),
        Look::WordStartAscii => return matcher.is_word_start_ascii(bytes, at),
        Look::WordEndAscii => return matcher.is_word_end_ascii(bytes, at),
        Look::WordStartHalfAscii => return matcher.is_word_start_half_ascii(bytes, at),
        Look::WordEndHalfAscii => return matcher.is_word_end_half_ascii(bytes, at),
        Look::WordUnicode => matcher.is_word_unicode(bytes, at),
        Look::WordUnicodeNegate => matcher.is_word_unicode_negate(bytes, at),
        Look::WordStartUnicode => matcher.is_word_start_unicode(bytes, at),
        Look::WordEndUnicode => matcher.is_word_end_unicode(bytes, at),
        Look::WordStartHalfUnicode => matcher.is_word_start_half_unicode(bytes, at),
        Look::WordEndHalfUnicode => matcher.is_word_end_half_unicode(bytes, at),
    };
    // An error would say that the tables of words are not compiled in, which they are.
    word.unwrap_or(false)
}
