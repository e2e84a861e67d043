//! What a document says, without any thought of how it looks.

use kernel::{Lang, Timestamp, Tooth, Words};

/// A document of a facility: a consent, a plan, a chart entry, a check sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is, in large letters on top and in the window title of a reader.
    pub title: Words,
    /// The language of everything in it, also told to screen readers.
    pub lang: Lang,
    /// Name of the facility.
    pub facility: String,
    /// Address of the facility; may be empty.
    pub address: String,
    /// Telephone or mail of the facility; may be empty.
    pub contact: String,
    /// When this version was made; the only moment that the file carries.
    pub made_at: Timestamp,
    /// Names the document, on every page.
    pub number: String,
    /// Which version of `number` this is, from 1.
    pub version: u32,
    /// The content, in reading order.
    pub blocks: Vec<Block>,
    /// Who signed or is to sign, at the end.
    pub sign: Vec<SignLine>,
    /// Larger letters, for people who need them.
    pub large_type: bool,
}

/// One piece of content. An empty text is left out; an empty collection prints 記載なし (nothing recorded), because a
/// bare heading leaves the reader guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Begins a section; never the last line of a page.
    Heading(String),
    /// Running text; line ends are kept.
    Text(String),
    /// Pairs of label and value.
    Facts(Vec<(String, String)>),
    /// Points without an order.
    List(Vec<String>),
    /// Items with a tick box each.
    Checks(Vec<Check>),
    /// A table; its head is repeated on every page.
    Table {
        /// One label per column.
        head: Vec<String>,
        /// Rows, each as long as `head`.
        rows: Vec<Vec<String>>,
    },
    /// A tooth chart, followed by the same marks in words.
    Teeth(Vec<ToothMark>),
    /// An aside in smaller letters.
    Note(String),
}

/// One item with a tick box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whether the box is ticked.
    pub done: bool,
    /// What it is about.
    pub text: String,
    /// What was added, by whom, when.
    pub note: Option<String>,
}

/// What is noted about one tooth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToothMark {
    /// Which one.
    pub tooth: Tooth,
    /// The short sign in the chart: `C2`, `×`, `Br`. At most three letters are readable there.
    pub mark: String,
    /// The same in words, for the list under the chart.
    pub words: String,
}

/// One line for a signature or a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignLine {
    /// In which part: 患者, 説明した歯科医師.
    pub label: String,
    /// Who; empty leaves room to write by hand.
    pub name: String,
    /// When it was done; `None` leaves room for a date.
    pub at: Option<Timestamp>,
    /// How it was done: "by the patient, on an own device".
    pub how: String,
}
