//! Commands (PS3.7): the little data set before each data set, always implicit little endian. Bytes in, values out.

/// What a command asks for, or answers.
pub mod field {
    /// C-STORE-RQ.
    pub const STORE: u16 = 0x0001;
    /// C-GET-RQ.
    pub const GET: u16 = 0x0010;
    /// C-FIND-RQ.
    pub const FIND: u16 = 0x0020;
    /// C-MOVE-RQ.
    pub const MOVE: u16 = 0x0021;
    /// C-ECHO-RQ.
    pub const ECHO: u16 = 0x0030;
    /// N-EVENT-REPORT-RQ.
    pub const EVENT: u16 = 0x0100;
    /// N-ACTION-RQ.
    pub const ACTION: u16 = 0x0130;
    /// C-CANCEL-RQ.
    pub const CANCEL: u16 = 0x0FFF;
    /// Set in every answer.
    pub const ANSWER: u16 = 0x8000;
}

/// What became of it (PS3.7 annex C, PS3.4).
pub mod status {
    /// Done.
    pub const SUCCESS: u16 = 0x0000;
    /// More follows.
    pub const PENDING: u16 = 0xFF00;
    /// More follows; some keys were not compared.
    pub const PENDING_UNSUPPORTED: u16 = 0xFF01;
    /// Ended by C-CANCEL.
    pub const CANCELLED: u16 = 0xFE00;
    /// Done, but one or more instances could not be sent.
    pub const SOME_FAILED: u16 = 0xB000;
    /// No room, or too large.
    pub const NO_ROOM: u16 = 0xA700;
    /// No instance could be sent.
    pub const NONE_SENT: u16 = 0xA702;
    /// The destination is not known.
    pub const DESTINATION: u16 = 0xA801;
    /// The data set is not what was announced, or no identifier.
    pub const NOT_AS_ANNOUNCED: u16 = 0xA900;
    /// The data set cannot be understood.
    pub const NOT_UNDERSTOOD: u16 = 0xC000;
    /// Another instance of this identifier is here.
    pub const DIFFERS: u16 = 0xC011;
    /// Something went wrong here.
    pub const FAILED: u16 = 0x0110;
    /// No such instance (of a commitment).
    pub const NO_INSTANCE: u16 = 0x0112;
    /// The argument is not valid.
    pub const ARGUMENT: u16 = 0x0115;
    /// The service is not offered on this context.
    pub const NO_SERVICE: u16 = 0x0122;
    /// Not allowed.
    pub const NOT_ALLOWED: u16 = 0x0124;
    /// The command is not known.
    pub const NO_OPERATION: u16 = 0x0211;
    /// Not now; asked again it may go well.
    pub const RESOURCE: u16 = 0x0213;
}

/// Longest command: a handful of identifiers and numbers.
pub const COMMAND_BYTES_MAX: usize = 16 * 1024;
const NO_DATA_SET: u16 = 0x0101;

/// A command: elements of group 0000 by their number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command(Vec<(u16, Vec<u8>)>);

/// The bytes are no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCommand;

const AFFECTED_CLASS: u16 = 0x0002;
const REQUESTED_CLASS: u16 = 0x0003;
const FIELD: u16 = 0x0100;
const MESSAGE: u16 = 0x0110;
const ANSWERED: u16 = 0x0120;
const DESTINATION: u16 = 0x0600;
const PRIORITY: u16 = 0x0700;
const DATA_SET: u16 = 0x0800;
const STATUS: u16 = 0x0900;
const COMMENT: u16 = 0x0902;
const AFFECTED_INSTANCE: u16 = 0x1000;
const REQUESTED_INSTANCE: u16 = 0x1001;
const EVENT_TYPE: u16 = 0x1002;
const ACTION_TYPE: u16 = 0x1008;
const REMAINING: u16 = 0x1020;
const MOVER: u16 = 0x1030;
const MOVER_MESSAGE: u16 = 0x1031;

impl Command {
    /// Reads one.
    ///
    /// # Errors
    /// [`NoCommand`].
    pub fn parse(mut bytes: &[u8]) -> Result<Self, NoCommand> {
        let mut elements = Vec::new();
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at_checked(8).ok_or(NoCommand)?;
            let group = u16::from_le_bytes([head[0], head[1]]);
            let number = u16::from_le_bytes([head[2], head[3]]);
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            let (value, rest) = rest.split_at_checked(length).ok_or(NoCommand)?;
            if group != 0 {
                return Err(NoCommand);
            }
            elements.push((number, value.to_vec()));
            bytes = rest;
        }
        let it = Self(elements);
        if it.number(FIELD).is_some() { Ok(it) } else { Err(NoCommand) }
    }

    /// As bytes, in order, with its group length.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|it| it.0);
        let mut out = Vec::new();
        let element = |out: &mut Vec<u8>, number: u16, value: &[u8]| {
            out.extend([0, 0]);
            out.extend(number.to_le_bytes());
            out.extend(u32::try_from(value.len()).unwrap_or(0).to_le_bytes());
            out.extend(value);
        };
        sorted.iter().filter(|it| it.0 != 0).for_each(|(number, value)| element(&mut out, *number, value));
        let length = u32::try_from(out.len()).unwrap_or(0).to_le_bytes();
        let mut whole = Vec::with_capacity(out.len() + 12);
        element(&mut whole, 0, &length);
        whole.extend(out);
        whole
    }

    /// A new command of this kind.
    #[must_use]
    pub fn new(field: u16) -> Self {
        Self::default().with_number(FIELD, field).with_data(false)
    }

    /// The answer to this one.
    #[must_use]
    pub fn answer(&self, status: u16) -> Self {
        let mut it =
            Self::new(self.field() | field::ANSWER).with_number(ANSWERED, self.message()).with_number(STATUS, status);
        // An answer names what the request named, whichever way it named it (PS3.7 9.3, 10.3).
        for (own, asked) in [(AFFECTED_CLASS, REQUESTED_CLASS), (AFFECTED_INSTANCE, REQUESTED_INSTANCE)] {
            if let Some(value) = self.value(own).or_else(|| self.value(asked)) {
                it.0.push((own, value.to_vec()));
            }
        }
        it
    }

    /// The same with a remark for the sender's log, in ASCII.
    #[must_use]
    pub fn comment(self, comment: &str) -> Self {
        let short: String = comment.chars().filter(|it| matches!(it, ' '..='~') && *it != '\\').take(64).collect();
        self.with_text(COMMENT, &short, b' ')
    }

    /// The same, followed by a data set or not.
    #[must_use]
    pub fn with_data(self, follows: bool) -> Self {
        self.with_number(DATA_SET, if follows { 0 } else { NO_DATA_SET })
    }

    /// The same with this class and instance.
    #[must_use]
    pub fn with_instance(self, class: &str, instance: &str) -> Self {
        self.with_text(AFFECTED_CLASS, class, 0).with_text(AFFECTED_INSTANCE, instance, 0)
    }

    /// The same with a message number.
    #[must_use]
    pub fn with_message(self, number: u16) -> Self {
        self.with_number(MESSAGE, number)
    }

    /// The same with medium priority.
    #[must_use]
    pub fn with_priority(self) -> Self {
        self.with_number(PRIORITY, 0)
    }

    /// The same with who moves and by which message.
    #[must_use]
    pub fn with_mover(self, title: &str, message: u16) -> Self {
        self.with_text(MOVER, title, b' ').with_number(MOVER_MESSAGE, message)
    }

    /// The same with the kind of event.
    #[must_use]
    pub fn with_event(self, kind: u16) -> Self {
        self.with_number(EVENT_TYPE, kind)
    }

    /// The same with what was sent so far.
    #[must_use]
    pub fn with_counts(self, counts: &Counts, with_remaining: bool) -> Self {
        let it = if with_remaining { self.with_number(REMAINING, counts.remaining) } else { self };
        it.with_number(REMAINING + 1, counts.done)
            .with_number(REMAINING + 2, counts.failed)
            .with_number(REMAINING + 3, counts.warned)
    }

    /// The kind.
    #[must_use]
    pub fn field(&self) -> u16 {
        self.number(FIELD).unwrap_or_default()
    }

    /// Its message number.
    #[must_use]
    pub fn message(&self) -> u16 {
        self.number(MESSAGE).unwrap_or_default()
    }

    /// The message that is answered or cancelled.
    #[must_use]
    pub fn answered(&self) -> u16 {
        self.number(ANSWERED).unwrap_or_default()
    }

    /// Whether a data set follows.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.number(DATA_SET).is_some_and(|it| it != NO_DATA_SET)
    }

    /// What became of it.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.number(STATUS).unwrap_or(status::FAILED)
    }

    /// The class it is about.
    #[must_use]
    pub fn class(&self) -> String {
        let text = self.text(AFFECTED_CLASS);
        if text.is_empty() { self.text(REQUESTED_CLASS) } else { text }
    }

    /// The instance it is about.
    #[must_use]
    pub fn instance(&self) -> String {
        let text = self.text(AFFECTED_INSTANCE);
        if text.is_empty() { self.text(REQUESTED_INSTANCE) } else { text }
    }

    /// Where to move.
    #[must_use]
    pub fn destination(&self) -> String {
        self.text(DESTINATION)
    }

    /// The kind of action.
    #[must_use]
    pub fn action(&self) -> u16 {
        self.number(ACTION_TYPE).unwrap_or_default()
    }

    fn value(&self, number: u16) -> Option<&[u8]> {
        self.0.iter().find(|it| it.0 == number).map(|it| it.1.as_slice())
    }

    fn number(&self, number: u16) -> Option<u16> {
        self.value(number).and_then(|it| it.get(..2)).map(|it| u16::from_le_bytes([it[0], it[1]]))
    }

    fn text(&self, number: u16) -> String {
        let bytes = self.value(number).unwrap_or_default();
        String::from_utf8_lossy(bytes).trim_matches([' ', '\0']).to_owned()
    }

    fn with_number(mut self, number: u16, value: u16) -> Self {
        self.0.retain(|it| it.0 != number);
        self.0.push((number, value.to_le_bytes().to_vec()));
        self
    }

    fn with_text(mut self, number: u16, text: &str, fill: u8) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        if bytes.len() % 2 == 1 {
            bytes.push(fill);
        }
        self.0.retain(|it| it.0 != number);
        self.0.push((number, bytes));
        self
    }
}

/// How a retrieval goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Still to be sent.
    pub remaining: u16,
    /// Sent and taken.
    pub done: u16,
    /// Not sent, or not taken.
    pub failed: u16,
    /// Taken with a warning.
    pub warned: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_back_and_its_answer_names_what_was_asked() {
        let asked = Command::new(field::STORE).with_message(7).with_instance("1.2.3", "1.2.3.4").with_data(true);
        let read = Command::parse(&asked.to_bytes()).expect("a command");
        assert_eq!((read.field(), read.message(), read.has_data()), (field::STORE, 7, true));
        let answer = read.answer(status::SUCCESS).comment("遥 ok\\");
        let answer = Command::parse(&answer.to_bytes()).expect("a command");
        assert_eq!((answer.field(), answer.answered(), answer.status()), (0x8001, 7, 0));
        assert_eq!((answer.class().as_str(), answer.instance().as_str()), ("1.2.3", "1.2.3.4"));
        assert!(!answer.has_data());
        assert_eq!(answer.text(COMMENT), "ok");
    }

    #[test]
    fn what_is_no_command_is_not_taken_for_one() {
        let good = Command::new(field::ECHO).with_message(1).to_bytes();
        for end in 0..good.len() {
            let cut = Command::parse(&good[..end]);
            assert!(cut.is_err() || cut.is_ok_and(|it| it.field() == field::ECHO), "cut at {end}");
        }
        let mut other_group = good.clone();
        other_group[12] = 8;
        assert_eq!(Command::parse(&other_group), Err(NoCommand));
        assert_eq!(Command::parse(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0]), Err(NoCommand));
        assert_eq!(Command::parse(&[]), Err(NoCommand));
    }
}
