//! HTML in a text: its tags and texts as a browser would tell them apart, without building a page.

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'t> {
    Start(&'t str),
    End(&'t str),
    Text(&'t str),
    Doctype,
    /// A comment or an instruction.
    Other,
}

/// Elements of HTML, but for custom ones, which have a hyphen.
const ELEMENTS: &str = " a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption cite code \
    col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head \
    header hr html i iframe img input ins kbd label legend li link main map mark math menu meta meter nav noscript object ol optgroup option \
    output p param picture pre progress q rp rt ruby s samp script section select slot small source span strong style sub summary sup svg \
    table tbody td template textarea tfoot th thead time title tr track u ul var video wbr ";

/// Elements without an end.
const VOID: &str = " area base br col embed hr img input link meta param source track wbr ";

/// Elements that end an open paragraph.
const BLOCKS: &str = " address article aside blockquote details dialog div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 \
    header hr main menu nav ol p pre section table ul ";

/// Elements that end one of their own kind.
const SIBLINGS: &str = " dd dt li option tbody td tfoot th thead tr ";

/// Elements whose content is text alone.
const RAW: &str = " script style textarea title ";

fn is_one_of(name: &str, names: &str) -> bool {
    names
        .split_ascii_whitespace()
        .any(|one| one.eq_ignore_ascii_case(name))
}

fn is_element(name: &str) -> bool {
    name.contains('-') || is_one_of(name, ELEMENTS)
}

/// Whether an element of HTML, or the declaration of a page, stands anywhere in a text.
pub fn contains_html(text: &str) -> bool {
    Pieces::of(text).any(|piece| match piece {
        Piece::Start(name) | Piece::End(name) => is_element(name),
        Piece::Doctype => true,
        Piece::Text(_) | Piece::Other => false,
    })
}

/// Whether a text as a whole is HTML: it has elements, and no text outside of them.
///
/// # Errors
/// What is wrong with it.
pub fn require_html(text: &str) -> Result<(), &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty");
    }
    if text
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("<?xml"))
    {
        return Err("it is XML");
    }
    let mut page = Page::default();
    for piece in Pieces::of(text) {
        page.take(piece)?;
    }
    if page.has_elements {
        Ok(())
    } else {
        Err("it has no elements of HTML")
    }
}

/// What is open while a page is read.
#[derive(Default)]
struct Page<'t> {
    open: Vec<&'t str>,
    has_elements: bool,
    /// Whether the page says itself where its body begins, so that text may stand there.
    has_body: bool,
}

impl<'t> Page<'t> {
    fn take(&mut self, piece: Piece<'t>) -> Result<(), &'static str> {
        match piece {
            Piece::Text(text) => {
                let is_blank = text.replace("&nbsp;", "").trim().is_empty();
                if self.open.is_empty() && !self.has_body && !is_blank {
                    return Err("it has text outside of elements");
                }
            }
            Piece::Start(name) => self.start(name),
            Piece::End(name) => self.end(name),
            Piece::Doctype | Piece::Other => {}
        }
        Ok(())
    }

    fn start(&mut self, name: &'t str) {
        self.has_elements |= is_element(name);
        if is_one_of(name, " body ") {
            self.has_body = true;
        }
        if is_one_of(name, VOID) || is_one_of(name, " body head html ") {
            return;
        }
        if is_one_of(name, BLOCKS) && self.open.last().is_some_and(|open| is_one_of(open, " p ")) {
            self.open.pop();
        }
        if is_one_of(name, SIBLINGS)
            && self
                .open
                .last()
                .is_some_and(|open| open.eq_ignore_ascii_case(name))
        {
            self.open.pop();
        }
        self.open.push(name);
    }

    /// Ends the nearest open element of this name; one that is not open ends nothing.
    fn end(&mut self, name: &str) {
        // What is open so deep is not looked for: it would take long, and text so deep is inside of elements all the same.
        let near = self.open.len().saturating_sub(DEPTH);
        let place = self
            .open
            .iter()
            .skip(near)
            .rposition(|open| open.eq_ignore_ascii_case(name));
        if let Some(place) = place {
            self.open.truncate(near + place);
        }
    }
}

/// How far up an open element is looked for.
const DEPTH: usize = 512;

/// The pieces of a text, one after the other.
struct Pieces<'t> {
    text: &'t str,
    at: usize,
    /// The element whose content is text up to its own end.
    raw: Option<&'t str>,
}

impl<'t> Pieces<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            raw: None,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn text_of(&mut self, length: usize) -> Piece<'t> {
        let text = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        Piece::Text(text)
    }

    /// A tag, a comment or a declaration, if that is what the rest begins with.
    fn markup(&mut self) -> Option<Piece<'t>> {
        let rest = self.rest();
        let inside = rest.strip_prefix('<')?;
        let (piece, length) = if inside.starts_with("!--") {
            // One that nothing closes goes on to the end.
            (
                Piece::Other,
                inside.find("-->").map_or(rest.len(), |end| end + 4),
            )
        } else if inside.starts_with(['!', '?']) {
            let is_page = inside
                .get(..8)
                .is_some_and(|start| start.eq_ignore_ascii_case("!doctype"));
            let piece = if is_page {
                Piece::Doctype
            } else {
                Piece::Other
            };
            (piece, inside.find('>').map_or(rest.len(), |end| end + 2))
        } else {
            let (closes, name) = match inside.strip_prefix('/') {
                Some(name) => (true, name),
                None => (false, inside),
            };
            if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                return None;
            }
            let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
            let length = tag_length(rest);
            let name = name.get(..end?)?;
            let Some(length) = length else {
                // A tag that is not closed takes the rest with it.
                self.at = self.text.len();
                return Some(Piece::Other);
            };
            if !closes && is_one_of(name, RAW) {
                self.raw = Some(name);
            }
            (
                if closes {
                    Piece::End(name)
                } else {
                    Piece::Start(name)
                },
                length,
            )
        };
        self.at += length;
        Some(piece)
    }
}

/// Bytes of the tag that a text begins with; `None` where nothing closes it.
fn tag_length(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            // A quote opens a value, and is a letter of the tag elsewhere.
            (None, '"' | '\'') if before == '=' => quote = Some(c),
            (None, '>') => return Some(at + 1),
            _ => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    None
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = self.raw.take() {
            let ends = rest.match_indices("</").find(|(at, _)| {
                let tag = rest.get(at + 2..at + 2 + name.len());
                tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name))
            });
            let length = ends.map_or(rest.len(), |(at, _)| at);
            if length > 0 {
                return Some(self.text_of(length));
            }
        }
        if let Some(piece) = self.markup() {
            return Some(piece);
        }
        let skipped = rest.chars().next().map_or(0, char::len_utf8);
        let next = rest.get(skipped..).and_then(|rest| rest.find('<'));
        Some(self.text_of(next.map_or(rest.len(), |at| at + skipped)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_elements_alone_is_html() {
        for text in [
            "<p>hi</p>",
            " <div>a<br>b</div>\n",
            "<!DOCTYPE html><html><head><title>x</title></head><body>text</body></html>",
            "<ul><li>a<li>b</ul>",
            "<my-card>x</my-card>",
            "<p>one<p>two",
            "<!-- c --><b>x</b>",
            "<script>if (a < b) {}</script>",
        ] {
            assert_eq!(require_html(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "plain",
            "hello <b>x</b>",
            "<p>a</p> b",
            "<p>a<div>b</div>c",
            "<answer>x</answer>",
            "<?xml version=\"1.0\"?><p>x</p>",
            "a < b",
            "<!DOCTYPE html>",
            "<html>text</html>",
        ] {
            assert!(require_html(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_element_anywhere_is_html() {
        for text in [
            "hello <b>x</b>",
            "a<br/>b",
            "<!doctype html>",
            "</div>",
            "<A HREF='x'>y</A>",
        ] {
            assert!(contains_html(text), "{text}");
        }
        for text in [
            "a < b > c",
            "List<String> x",
            "&nbsp;&amp;",
            "<answer>x</answer>",
            "<!-- x -->",
            "<b",
            "",
        ] {
            assert!(!contains_html(text), "{text}");
        }
    }

    #[test]
    fn hostile_texts_end() {
        for unit in [
            "<p>", "</p>", "<p ", "<!--", "<script>", "<a b=\"", "<b></i>", "<li>", "< ",
        ] {
            let text = unit.repeat(100_000);
            let _ = (require_html(&text), contains_html(&text));
        }
    }
}
