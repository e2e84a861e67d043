//! Reads source text as words, strings, marks and comments, so that a rule about code does not trip over a comment.
//!
//! Enough of Rust, and of TypeScript, for house tests; no parser.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// The inside of a string, as written.
    Text,
    /// The inside of a character literal.
    Letter,
    /// A single character of punctuation.
    Mark,
    /// A comment, with its slashes.
    Comment,
}

/// A piece of source text.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub text: String,
    /// Line of its first character, from 1.
    pub line: usize,
    /// Whether it stands in an item under `#[cfg(test)]` or `#[test]`.
    pub test: bool,
}

impl Token {
    /// Whether this is the word or mark `text`.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark) && self.text == text
    }
}

/// The language a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// `'` may begin a lifetime; strings may be raw.
    Rust,
    /// TypeScript and JavaScript: `'` and `` ` `` delimit strings.
    Script,
}

/// The pieces of `source`.
#[must_use]
pub fn read(source: &str, tongue: Tongue) -> Vec<Token> {
    let mut reader = Reader { chars: source.chars().collect(), at: 0, line: 1, tongue, tokens: Vec::new() };
    while reader.at < reader.chars.len() {
        reader.step();
    }
    let mut tokens = reader.tokens;
    mark_tests(&mut tokens);
    tokens
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tongue: Tongue,
    tokens: Vec<Token>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Takes characters up to `end` (exclusive) as one token.
    fn take(&mut self, kind: Kind, from: usize, to: usize, end: usize) {
        let text: String = self.chars[from.min(self.chars.len())..to.min(self.chars.len())].iter().collect();
        self.tokens.push(Token { kind, text, line: self.line, test: false });
        let end = end.min(self.chars.len());
        self.line += self.chars[self.at..end].iter().filter(|it| **it == '\n').count();
        self.at = end;
    }

    fn step(&mut self) {
        let (start, it) = (self.at, self.peek(0));
        match it {
            '\n' => {
                self.line += 1;
                self.at += 1;
            }
            _ if it.is_whitespace() => self.at += 1,
            '/' if self.peek(1) == '/' => {
                let end = self.find(start, |reader, at| reader.chars[at] == '\n');
                self.take(Kind::Comment, start, end, end);
            }
            '/' if self.peek(1) == '*' => {
                let end = self
                    .find(start + 2, |reader, at| reader.chars[at] == '*' && reader.chars.get(at + 1) == Some(&'/'))
                    + 2;
                self.take(Kind::Comment, start, end, end);
            }
            '"' => self.quoted('"', Kind::Text),
            '\'' | '`' if self.tongue == Tongue::Script => self.quoted(it, Kind::Text),
            '\'' => self.quote_or_lifetime(),
            'r' | 'b' | 'c' if self.tongue == Tongue::Rust && self.raw() => {}
            _ if it.is_alphanumeric() || it == '_' => {
                let end =
                    self.find(start, |reader, at| !(reader.chars[at].is_alphanumeric() || reader.chars[at] == '_'));
                self.take(Kind::Word, start, end, end);
            }
            _ => self.take(Kind::Mark, start, start + 1, start + 1),
        }
    }

    fn find(&self, from: usize, stop: impl Fn(&Self, usize) -> bool) -> usize {
        (from..self.chars.len()).find(|at| stop(self, *at)).unwrap_or(self.chars.len())
    }

    fn quoted(&mut self, close: char, kind: Kind) {
        let start = self.at + 1;
        let mut end = start;
        while end < self.chars.len() && self.chars[end] != close {
            end += if self.chars[end] == '\\' { 2 } else { 1 };
        }
        self.take(kind, start, end, end + 1);
    }

    /// `'a'` and `'\n'` are characters, `'a` is a lifetime.
    fn quote_or_lifetime(&mut self) {
        if self.peek(1) == '\\' || self.peek(2) == '\'' {
            self.quoted('\'', Kind::Letter);
        } else {
            self.take(Kind::Mark, self.at, self.at + 1, self.at + 1);
        }
    }

    /// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`; false where none begins here.
    fn raw(&mut self) -> bool {
        let mut at = self.at;
        let mut raw = false;
        while matches!(self.chars.get(at), Some('r' | 'b' | 'c')) && at < self.at + 2 {
            raw |= self.chars[at] == 'r';
            at += 1;
        }
        let hashes = self.chars[at..].iter().take_while(|it| **it == '#').count();
        if self.chars.get(at + hashes) != Some(&'"') || (!raw && hashes > 0) {
            return false;
        }
        if !raw {
            // The prefix says nothing that a rule of the house asks for.
            self.at = at;
            self.quoted('"', Kind::Text);
            return true;
        }
        let from = at + hashes + 1;
        let closes = |reader: &Self, at: usize| {
            reader.chars[at] == '"'
                && reader.chars[at + 1..].iter().take(hashes).filter(|it| **it == '#').count() == hashes
        };
        let to = self.find(from, closes);
        self.take(Kind::Text, from, to, to + 1 + hashes);
        true
    }
}

/// Marks what stands in an item under `#[cfg(test)]` or `#[test]`.
fn mark_tests(tokens: &mut [Token]) {
    let mut at = 0;
    while at < tokens.len() {
        let Some(end) = attribute(tokens, at) else {
            at += 1;
            continue;
        };
        let names_test =
            tokens[at..end].iter().any(|it| it.is("test")) && !tokens[at..end].iter().any(|it| it.is("not"));
        if names_test {
            let until = item_end(tokens, end);
            tokens[at..until].iter_mut().for_each(|it| it.test = true);
            at = until;
        } else {
            at = end;
        }
    }
}

/// The place after the attribute that begins at `at`.
fn attribute(tokens: &[Token], at: usize) -> Option<usize> {
    if !(tokens[at].is("#") && tokens.get(at + 1)?.is("[")) {
        return None;
    }
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate().skip(at + 1) {
        depth += i32::from(token.is("[")) - i32::from(token.is("]"));
        if depth == 0 {
            return Some(place + 1);
        }
    }
    None
}

/// The place after the item that begins at `at`: its closing brace, or its semicolon.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        depth += i32::from(token.is("{") || token.is("(") || token.is("["));
        depth -= i32::from(token.is("}") || token.is(")") || token.is("]"));
        if depth == 0 && (token.is("}") || token.is(";")) {
            return place + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, kind: Kind) -> Vec<String> {
        read(source, Tongue::Rust).into_iter().filter(|it| it.kind == kind).map(|it| it.text).collect()
    }

    #[test]
    fn strings_are_told_from_code_and_comments() {
        let source =
            "let a = \"x // y\"; // \"z\"\nlet b = r#\"q\"q\"#; let c = b\"w\"; fn f<'a>(x: &'a str, y: 'c') {}";
        assert_eq!(texts(source, Kind::Text), ["x // y", "q\"q", "w"]);
        assert_eq!(texts(source, Kind::Comment), ["// \"z\""]);
    }

    #[test]
    fn lines_are_counted_through_long_strings() {
        let tokens = read("a\n\"b\nc\"\nd", Tongue::Rust);
        assert_eq!(tokens.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn what_is_only_for_tests_is_marked() {
        let tokens = read("fn a() {} #[cfg(test)] mod tests { fn b() { x } } fn c() {}", Tongue::Rust);
        let marked: Vec<_> =
            tokens.iter().filter(|it| it.test && it.kind == Kind::Word).map(|it| it.text.as_str()).collect();
        assert!(marked.contains(&"b") && marked.contains(&"x") && !marked.contains(&"a") && !marked.contains(&"c"));
    }
}
