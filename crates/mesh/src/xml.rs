//! Reading XML, one piece after the other, without what XML is attacked with: no document types, so no entities but the
//! five of the standard and numbers; a limit on depth, attributes and length. Namespaces are not resolved: an element is
//! known by the last part of its name.

use std::borrow::Cow;

use kernel::Words;

use crate::limits;
use crate::report::{Broken, Place};

/// A piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// An element begins; one that is empty ends with the next piece.
    Start(Tag<'a>),
    /// The innermost element ends.
    End,
    /// Text between tags, not only blanks.
    Text(Cow<'a, str>),
    /// A comment.
    Comment(&'a str),
}

/// The beginning of an element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// Its name without the prefix.
    pub(crate) name: &'a str,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The attributes, by name with its prefix. They were checked when the tag was met.
    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }

    /// The value of the attribute `name`, raw: numbers and ids have nothing to unescape.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(it, _)| *it == name).map(|(_, value)| value)
    }
}

/// Names and raw values, in order.
pub(crate) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start();
        let (name, rest) = rest.split_once('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        self.rest = rest;
        Some((name.trim_end(), value))
    }
}

/// Reads a document.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    /// The element that was just met is empty: its end comes next.
    empty: bool,
    begun: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, at, open: Vec::new(), empty: false, begun: false }
    }

    /// Where the reader stands.
    pub(crate) fn place(&self) -> Place {
        Place::Byte(self.at as u64)
    }

    /// How many elements are open, the one that was just met among them.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The names of the open elements, outermost first.
    pub(crate) fn path(&self) -> &[&'a str] {
        &self.open
    }

    /// The next piece, or nothing at the end of a whole document.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'a>>, Broken> {
        if self.empty {
            self.empty = false;
            self.open.pop();
            return Ok(Some(Piece::End));
        }
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return if self.open.is_empty() && self.begun { Ok(None) } else { Err(Broken::cut(self.at)) };
            }
            if !rest.starts_with('<') {
                let length = memchr(rest, b'<').unwrap_or(rest.len());
                let raw = &rest[..length];
                let place = self.place();
                self.at += length;
                if raw.trim().is_empty() {
                    continue;
                }
                if self.open.is_empty() {
                    return Err(say("要素の外に文字があります。", "There is text outside of the elements.", place));
                }
                bounded(raw, place)?;
                return Ok(Some(Piece::Text(unescape(raw, place)?)));
            }
            if let Some(piece) = self.marked(rest)? {
                return Ok(Some(piece));
            }
        }
    }

    /// What begins with `<`; nothing for what is passed over.
    fn marked(&mut self, rest: &'a str) -> Result<Option<Piece<'a>>, Broken> {
        let place = self.place();
        if let Some(rest) = rest.strip_prefix("<!--") {
            let length = rest.find("-->").ok_or_else(|| Broken::cut(self.text.len()))?;
            self.at += 4 + length + 3;
            bounded(&rest[..length], place)?;
            return Ok(Some(Piece::Comment(&rest[..length])));
        }
        if let Some(rest) = rest.strip_prefix("<![CDATA[") {
            let length = rest.find("]]>").ok_or_else(|| Broken::cut(self.text.len()))?;
            self.at += 9 + length + 3;
            let raw = &rest[..length];
            bounded(raw, place)?;
            if self.open.is_empty() {
                return Err(say("要素の外に文字があります。", "There is text outside of the elements.", place));
            }
            return Ok((!raw.trim().is_empty()).then_some(Piece::Text(Cow::Borrowed(raw))));
        }
        if rest.starts_with("<!") {
            return Err(say(
                "XMLに文書型の宣言（DTD）があります。安全のため読み込みません。",
                "The XML declares a document type (DTD). For safety it is not read.",
                place,
            ));
        }
        if rest.starts_with("<?") {
            let length = rest.find("?>").ok_or_else(|| Broken::cut(self.text.len()))?;
            self.at += length + 2;
            return Ok(None);
        }
        if let Some(rest) = rest.strip_prefix("</") {
            let length = memchr(rest, b'>').ok_or_else(|| Broken::cut(self.text.len()))?;
            let name = rest[..length].trim_end();
            self.at += 2 + length + 1;
            return match self.open.pop() {
                Some(open) if open == local(name) => Ok(Some(Piece::End)),
                _ => Err(say(
                    "XMLの終了タグが開始タグと合いません。",
                    "An end of the XML does not belong to what was begun.",
                    place,
                )),
            };
        }
        self.start(&rest[1..], place).map(Some)
    }

    fn start(&mut self, rest: &'a str, place: Place) -> Result<Piece<'a>, Broken> {
        // A `>` may stand in a value, so quotes are followed.
        let mut quote = None;
        let mut end = None;
        for (at, byte) in rest.bytes().enumerate().take(limits::XML_PIECE_BYTES_MAX) {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), _) if open == byte => quote = None,
                (None, b'>') => {
                    end = Some(at);
                    break;
                }
                (None, b'<') => {
                    return Err(say("XMLのタグが閉じていません。", "A tag of the XML is not closed.", place));
                }
                _ => {}
            }
        }
        let Some(end) = end else {
            return Err(if rest.len() < limits::XML_PIECE_BYTES_MAX {
                Broken::cut(self.text.len())
            } else {
                long(place)
            });
        };
        self.at += 1 + end + 1;
        let inner = &rest[..end];
        let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |it| (it, true));
        let length = inner.find(|it: char| it.is_ascii_whitespace()).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(length);
        let first = name.chars().next();
        if !first.is_some_and(|it| it.is_alphabetic() || it == '_' || it == ':') {
            return Err(say("XMLのタグの名前が正しくありません。", "A tag of the XML has no name.", place));
        }
        let tag = Tag { name: local(name), attributes: attributes.trim() };
        let mut seen = tag.attributes();
        let count = seen.by_ref().count();
        if !seen.rest.trim().is_empty() {
            return Err(say("XMLの属性が正しくありません。", "An attribute of the XML is not well formed.", place));
        }
        if count > limits::XML_ATTRIBUTES_MAX {
            let what = Words::new("1つのタグの属性", "attributes of one tag");
            return Err(Broken::too_many(&what, limits::XML_ATTRIBUTES_MAX, place));
        }
        if self.open.is_empty() && self.begun {
            return Err(say("XMLに最上位の要素が2つあります。", "The XML has a second outermost element.", place));
        }
        if self.open.len() >= limits::XML_DEPTH_MAX {
            return Err(Broken::too_many(&Words::new("XMLの入れ子", "levels of XML"), limits::XML_DEPTH_MAX, place));
        }
        self.begun = true;
        self.open.push(tag.name);
        self.empty = empty;
        Ok(Piece::Start(tag))
    }
}

fn memchr(text: &str, byte: u8) -> Option<usize> {
    text.bytes().position(|it| it == byte)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn bounded(raw: &str, place: Place) -> Result<(), Broken> {
    if raw.len() > limits::XML_PIECE_BYTES_MAX { Err(long(place)) } else { Ok(()) }
}

fn long(place: Place) -> Broken {
    let what = Words::new("XMLの1つの要素のバイト数", "bytes in one piece of XML");
    Broken::too_many(&what, limits::XML_PIECE_BYTES_MAX, place)
}

fn say(ja: &'static str, en: &'static str, place: Place) -> Broken {
    Broken::new(Words { ja: ja.into(), en: en.into() }, place)
}

/// The text with its references replaced: the five of the standard, and numbers.
pub(crate) fn unescape(raw: &str, place: Place) -> Result<Cow<'_, str>, Broken> {
    if !raw.contains('&') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (name, after) = after.split_once(';').unwrap_or((after, ""));
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let letter = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match name.strip_prefix('#') {
                Some(hex) if hex.starts_with('x') => number(&hex[1..], 16),
                Some(decimal) => number(decimal, 10),
                None => None,
            },
        };
        let Some(letter) = letter else {
            return Err(say(
                "XMLに定義のない実体参照があります。",
                "The XML refers to an entity that is not of the standard.",
                place,
            ));
        };
        text.push(letter);
        rest = after;
    }
    text.push_str(rest);
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let mut reader = Reader::new(text);
        let mut told = String::new();
        loop {
            match reader.next() {
                Ok(None) => return told,
                Ok(Some(Piece::Start(tag))) => {
                    told.push_str(&format!("<{}", tag.name));
                    for (name, value) in tag.attributes() {
                        told.push_str(&format!(" {name}={value}"));
                    }
                    told.push('>');
                }
                Ok(Some(Piece::End)) => told.push_str("</>"),
                Ok(Some(Piece::Text(text))) => told.push_str(&text),
                Ok(Some(Piece::Comment(text))) => told.push_str(&format!("!{text}!")),
                Err(broken) => return format!("{told} broken: {}", broken.what.en),
            }
        }
    }

    #[test]
    fn documents_are_read_piece_by_piece() {
        for (text, want) in [
            ("<a/>", "<a></>"),
            ("\u{feff}<?xml version='1.0'?><a>歯</a>", "<a>歯</>"),
            ("<x:a b='1' c = \"2>3\"><b/></x:a>", "<a b=1 c=2>3><b></></>"),
            ("<a>&lt;&#21205;&#x65;&amp;</a>", "<a><動e&</>"),
            ("<a><![CDATA[<b>]]><!-- c --></a>", "<a><b>! c !</>"),
            ("<a>", "<a> broken: The file ends in the middle. Export it again and send it once more."),
            ("", " broken: The file ends in the middle. Export it again and send it once more."),
            ("<a></b>", "<a> broken: An end of the XML does not belong to what was begun."),
            ("</a>", " broken: An end of the XML does not belong to what was begun."),
            ("<a/><b/>", "<a></> broken: The XML has a second outermost element."),
            ("<a b></a>", " broken: An attribute of the XML is not well formed."),
            ("<a <b/>", " broken: A tag of the XML is not closed."),
            ("<1/>", " broken: A tag of the XML has no name."),
            ("<a/>x", "<a></> broken: There is text outside of the elements."),
            ("<a>&me;</a>", "<a> broken: The XML refers to an entity that is not of the standard."),
            ("<a>&#xD800;</a>", "<a> broken: The XML refers to an entity that is not of the standard."),
            (
                "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
                " broken: The XML declares a document type (DTD). For safety it is not read.",
            ),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }

    #[test]
    fn limits_are_told() {
        let deep = "<a>".repeat(limits::XML_DEPTH_MAX + 1);
        assert!(told(&deep).ends_with("broken: More than 64 levels of XML."), "{}", told(&deep));
        let many =
            format!("<a {}/>", (0..=limits::XML_ATTRIBUTES_MAX).map(|it| format!("b{it}='' ")).collect::<String>());
        assert!(told(&many).ends_with("broken: More than 64 attributes of one tag."));
        let long = format!("<a b='{}'/>", "x".repeat(limits::XML_PIECE_BYTES_MAX));
        assert!(told(&long).ends_with("broken: More than 1048576 bytes in one piece of XML."));
        let long = format!("<a>{}</a>", "x".repeat(limits::XML_PIECE_BYTES_MAX + 1));
        assert!(told(&long).ends_with("broken: More than 1048576 bytes in one piece of XML."));
    }
}
