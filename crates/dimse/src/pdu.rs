//! The protocol data units of the upper layer (PS3.8 9.3): asking for an association, answering, data, release, abort.
//! Bytes in, values out; no sockets.

use imaging::dataset::{IMPLEMENTATION, VERSION};

/// The largest P-DATA unit we take; announced to every peer. Larger ones cost memory and gain nothing.
pub const PDU_BYTES_MAX: u32 = 128 * 1024;
/// The largest request for an association: 128 contexts with some 40 transfer syntaxes each.
pub const REQUEST_BYTES_MAX: u32 = 512 * 1024;
/// Type and length before every unit.
pub const HEAD_BYTES: usize = 6;
/// All that stands before the bytes of a unit that holds one piece.
const PIECE_HEAD_BYTES: usize = HEAD_BYTES + 6;

const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";
const TITLE_BYTES: usize = 16;

/// What kind of unit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A-ASSOCIATE-RQ.
    Request,
    /// A-ASSOCIATE-AC.
    Accept,
    /// A-ASSOCIATE-RJ.
    Reject,
    /// P-DATA-TF.
    Data,
    /// A-RELEASE-RQ.
    ReleaseRequest,
    /// A-RELEASE-RP.
    ReleaseReply,
    /// A-ABORT.
    Abort,
}

impl Kind {
    /// Of the first byte of a unit.
    #[must_use]
    pub const fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Request,
            2 => Self::Accept,
            3 => Self::Reject,
            4 => Self::Data,
            5 => Self::ReleaseRequest,
            6 => Self::ReleaseReply,
            7 => Self::Abort,
            _ => return None,
        })
    }

    /// The longest unit of this kind that is taken.
    #[must_use]
    pub const fn bytes_max(self) -> u32 {
        match self {
            Self::Request | Self::Accept => REQUEST_BYTES_MAX,
            Self::Data => PDU_BYTES_MAX,
            _ => 64,
        }
    }
}

/// A context that a requestor proposes: a service, and the ways in which its data may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Odd number.
    pub id: u8,
    /// The service or kind of instance.
    pub abstract_syntax: String,
    /// How data may be written.
    pub transfer_syntaxes: Vec<String>,
}

/// Who may send instances of a class on the association (PS3.7 D.3.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The class.
    pub class: String,
    /// The requestor may ask.
    pub user: bool,
    /// The requestor may serve.
    pub provider: bool,
}

/// A request for an association.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Whom it is for.
    pub called: String,
    /// Who asks.
    pub calling: String,
    /// Services.
    pub contexts: Vec<Proposed>,
    /// The largest unit that the requestor takes; 0 for any.
    pub pdu_bytes_max: u32,
    /// Roles.
    pub roles: Vec<Role>,
}

/// What became of a proposed context (PS3.8 9.3.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted.
    Accepted = 0,
    /// The service is not offered.
    NoService = 3,
    /// None of the transfer syntaxes.
    NoTransferSyntax = 4,
}

/// The answer to one proposed context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its number.
    pub id: u8,
    /// What became of it.
    pub outcome: Outcome,
    /// How its data are written.
    pub transfer_syntax: String,
}

/// An acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accept {
    /// The contexts.
    pub contexts: Vec<Answered>,
    /// The largest unit that the peer takes; 0 for any.
    pub pdu_bytes_max: u32,
    /// Roles granted.
    pub roles: Vec<Role>,
}

/// Why a request is turned down (PS3.8 table 9-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The caller is not known here.
    Caller,
    /// Nobody of this name is here.
    Called,
    /// Too many associations; try later.
    Busy,
    /// Another protocol version or application context.
    Version,
}

impl Rejection {
    /// Result, source and reason.
    const fn codes(self) -> [u8; 3] {
        match self {
            Self::Caller => [1, 1, 3],
            Self::Called => [1, 1, 7],
            Self::Busy => [2, 3, 2],
            Self::Version => [1, 2, 2],
        }
    }

    /// As a unit.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let [result, source, reason] = self.codes();
        vec![3, 0, 0, 0, 0, 4, 0, result, source, reason]
    }
}

/// A-RELEASE-RQ.
pub const RELEASE_REQUEST: [u8; 10] = [5, 0, 0, 0, 0, 4, 0, 0, 0, 0];
/// A-RELEASE-RP.
pub const RELEASE_REPLY: [u8; 10] = [6, 0, 0, 0, 0, 4, 0, 0, 0, 0];

/// A-ABORT by the provider, with a reason of PS3.8 table 9-26: 1 unrecognised unit, 2 unexpected unit, 6 invalid value.
#[must_use]
pub const fn abort(reason: u8) -> [u8; 10] {
    [7, 0, 0, 0, 0, 4, 0, 0, 2, reason]
}

/// The unit does not say what its kind must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbage;

/// Reads bytes from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Garbage> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Garbage)?;
        self.0 = rest;
        Ok(taken)
    }
    fn two(&mut self) -> Result<usize, Garbage> {
        self.take(2).map(|it| usize::from(u16::from_be_bytes([it[0], it[1]])))
    }
    /// Type and content of the next item; nothing at the end.
    fn item(&mut self) -> Result<Option<(u8, Bytes<'a>)>, Garbage> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let kind = self.take(2)?[0];
        let length = self.two()?;
        Ok(Some((kind, Bytes(self.take(length)?))))
    }
    fn uid(&self) -> Result<String, Garbage> {
        text(self.0).filter(|it| it.len() <= 64).ok_or(Garbage)
    }
}

/// Text of a title or UID, without its padding; nothing for what is no ASCII.
fn text(bytes: &[u8]) -> Option<String> {
    let good = bytes.iter().all(|it| matches!(it, 0 | b' '..=b'~'));
    good.then(|| String::from_utf8_lossy(bytes).trim_matches([' ', '\0']).to_owned())
}

/// Most contexts: their numbers are odd and fit into a byte.
const CONTEXTS_MAX: usize = 128;

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Garbage`]; the inner rejection for what is well-formed and not spoken here.
    pub fn parse(body: &[u8]) -> Result<Result<Self, Rejection>, Garbage> {
        let mut bytes = Bytes(body);
        let version = bytes.two()?;
        bytes.take(2)?;
        let called = text(bytes.take(TITLE_BYTES)?).ok_or(Garbage)?;
        let calling = text(bytes.take(TITLE_BYTES)?).ok_or(Garbage)?;
        bytes.take(32)?;
        let mut request = Self { called, calling, ..Self::default() };
        let mut application = String::new();
        while let Some((kind, item)) = bytes.item()? {
            match kind {
                0x10 => application = item.uid()?,
                0x20 => request.contexts.push(Self::context(item)?),
                0x50 => (request.pdu_bytes_max, request.roles) = user(item)?,
                _ => (),
            }
            if request.contexts.len() > CONTEXTS_MAX {
                return Err(Garbage);
            }
        }
        let spoken = version & 1 == 1 && application == APPLICATION_CONTEXT;
        Ok(if spoken { Ok(request) } else { Err(Rejection::Version) })
    }

    fn context(mut item: Bytes<'_>) -> Result<Proposed, Garbage> {
        let id = item.take(4)?[0];
        let mut proposed = Proposed { id, abstract_syntax: String::new(), transfer_syntaxes: Vec::new() };
        while let Some((kind, inner)) = item.item()? {
            match kind {
                0x30 => proposed.abstract_syntax = inner.uid()?,
                0x40 => proposed.transfer_syntaxes.push(inner.uid()?),
                _ => (),
            }
        }
        Ok(proposed)
    }

    /// As a unit.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = vec![0, 1, 0, 0];
        body.extend(title(&self.called));
        body.extend(title(&self.calling));
        body.extend([0; 32]);
        item(&mut body, 0x10, APPLICATION_CONTEXT.as_bytes());
        for it in &self.contexts {
            let mut context = vec![it.id, 0, 0, 0];
            item(&mut context, 0x30, it.abstract_syntax.as_bytes());
            it.transfer_syntaxes.iter().for_each(|syntax| item(&mut context, 0x40, syntax.as_bytes()));
            item(&mut body, 0x20, &context);
        }
        item(&mut body, 0x50, &user_bytes(&self.roles));
        unit(1, body)
    }
}

impl Accept {
    /// Reads the body of an acceptance.
    ///
    /// # Errors
    /// [`Garbage`].
    pub fn parse(body: &[u8]) -> Result<Self, Garbage> {
        let mut bytes = Bytes(body);
        bytes.take(68)?;
        let mut accept = Self::default();
        while let Some((kind, mut inner)) = bytes.item()? {
            match kind {
                0x21 => {
                    let head = inner.take(4)?;
                    let (id, outcome) = (head[0], head[2]);
                    let mut transfer_syntax = String::new();
                    while let Some((kind, syntax)) = inner.item()? {
                        if kind == 0x40 {
                            transfer_syntax = syntax.uid()?;
                        }
                    }
                    let outcome = if outcome == 0 { Outcome::Accepted } else { Outcome::NoService };
                    accept.contexts.push(Answered { id, outcome, transfer_syntax });
                }
                0x50 => (accept.pdu_bytes_max, accept.roles) = user(inner)?,
                _ => (),
            }
        }
        Ok(accept)
    }

    /// As a unit, which repeats the titles of the request.
    #[must_use]
    pub fn to_bytes(&self, request: &Request) -> Vec<u8> {
        let mut body = vec![0, 1, 0, 0];
        body.extend(title(&request.called));
        body.extend(title(&request.calling));
        body.extend([0; 32]);
        item(&mut body, 0x10, APPLICATION_CONTEXT.as_bytes());
        for it in &self.contexts {
            let mut context = vec![it.id, 0, it.outcome as u8, 0];
            item(&mut context, 0x40, it.transfer_syntax.as_bytes());
            item(&mut body, 0x21, &context);
        }
        item(&mut body, 0x50, &user_bytes(&self.roles));
        unit(2, body)
    }
}

/// The largest unit and the roles of a user information item. What else it may hold (user identity, extended negotiation)
/// is not needed: whoever is not known by title, address or certificate gets no association.
fn user(mut bytes: Bytes<'_>) -> Result<(u32, Vec<Role>), Garbage> {
    let (mut pdu_bytes_max, mut roles) = (0, Vec::new());
    while let Some((kind, mut inner)) = bytes.item()? {
        match kind {
            0x51 => {
                let four = inner.take(4)?;
                pdu_bytes_max = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
            }
            0x54 => {
                let length = inner.two()?;
                let class = Bytes(inner.take(length)?).uid()?;
                let both = inner.take(2)?;
                roles.push(Role { class, user: both[0] == 1, provider: both[1] == 1 });
            }
            _ => (),
        }
    }
    Ok((pdu_bytes_max, roles))
}

fn user_bytes(roles: &[Role]) -> Vec<u8> {
    let mut user = Vec::new();
    item(&mut user, 0x51, &PDU_BYTES_MAX.to_be_bytes());
    item(&mut user, 0x52, IMPLEMENTATION.as_bytes());
    for it in roles {
        let mut role = u16::try_from(it.class.len()).unwrap_or(0).to_be_bytes().to_vec();
        role.extend(it.class.as_bytes());
        role.extend([u8::from(it.user), u8::from(it.provider)]);
        item(&mut user, 0x54, &role);
    }
    item(&mut user, 0x55, VERSION.as_bytes());
    user
}

fn title(text: &str) -> [u8; TITLE_BYTES] {
    let mut out = [b' '; TITLE_BYTES];
    out.iter_mut().zip(text.bytes()).for_each(|(place, it)| *place = it);
    out
}

/// An item; its length has two bytes, and everything we write is shorter.
fn item(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    out.extend([kind, 0]);
    out.extend(length.to_be_bytes());
    out.extend(&content[..usize::from(length)]);
}

fn unit(kind: u8, body: Vec<u8>) -> Vec<u8> {
    let mut out = vec![kind, 0];
    out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(body);
    out
}

/// A piece of a command or a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The context.
    pub context: u8,
    /// Of a command; otherwise of a data set.
    pub command: bool,
    /// Nothing follows.
    pub last: bool,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl<'a> Piece<'a> {
    /// The first piece of `body`, and where the next one begins; nothing at the end.
    ///
    /// # Errors
    /// [`Garbage`].
    pub fn parse(body: &'a [u8], from: usize) -> Result<Option<(Self, usize)>, Garbage> {
        let mut bytes = Bytes(body.get(from..).ok_or(Garbage)?);
        if bytes.0.is_empty() {
            return Ok(None);
        }
        let four = bytes.take(4)?;
        let length = u32::from_be_bytes([four[0], four[1], four[2], four[3]]) as usize;
        if length < 2 {
            return Err(Garbage);
        }
        let inner = bytes.take(length)?;
        let piece = Self { context: inner[0], command: inner[1] & 1 == 1, last: inner[1] & 2 == 2, bytes: &inner[2..] };
        Ok(Some((piece, from + 4 + length)))
    }

    /// The head of a unit that holds `count` bytes.
    #[must_use]
    pub fn head(context: u8, command: bool, last: bool, count: usize) -> [u8; PIECE_HEAD_BYTES] {
        let length = |it: usize| u32::try_from(it).unwrap_or(u32::MAX).to_be_bytes();
        let mut out = [0; PIECE_HEAD_BYTES];
        out[0] = 4;
        out[2..6].copy_from_slice(&length(count + 6));
        out[6..10].copy_from_slice(&length(count + 2));
        out[10] = context;
        out[11] = u8::from(command) | u8::from(last) << 1;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            called: "HARUKA".into(),
            calling: "CBCT1".into(),
            contexts: vec![Proposed {
                id: 1,
                abstract_syntax: "1.2.840.10008.1.1".into(),
                transfer_syntaxes: vec!["1.2.840.10008.1.2".into(), "1.2.840.10008.1.2.1".into()],
            }],
            pdu_bytes_max: PDU_BYTES_MAX,
            roles: vec![Role { class: "1.2.840.10008.5.1.4.1.1.2".into(), user: false, provider: true }],
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let request = request();
        let bytes = request.to_bytes();
        assert_eq!(Kind::of(bytes[0]), Some(Kind::Request));
        assert_eq!(Request::parse(&bytes[HEAD_BYTES..]), Ok(Ok(request.clone())));
        let accept = Accept {
            contexts: vec![Answered { id: 1, outcome: Outcome::Accepted, transfer_syntax: "1.2.840.10008.1.2".into() }],
            pdu_bytes_max: PDU_BYTES_MAX,
            roles: request.roles.clone(),
        };
        let bytes = accept.to_bytes(&request);
        assert_eq!(Accept::parse(&bytes[HEAD_BYTES..]), Ok(accept));
        let piece = [&Piece::head(3, true, false, 2)[..], b"ab"].concat();
        let (read, next) = Piece::parse(&piece[HEAD_BYTES..], 0).expect("a piece").expect("one");
        assert_eq!(read, Piece { context: 3, command: true, last: false, bytes: b"ab" });
        assert_eq!(Piece::parse(&piece[HEAD_BYTES..], next), Ok(None));
    }

    #[test]
    fn a_request_cut_anywhere_or_bent_is_garbage_and_never_a_panic() {
        let good = request().to_bytes();
        let body = &good[HEAD_BYTES..];
        for end in 0..body.len() {
            let read = Request::parse(&body[..end]);
            assert_ne!(read, Ok(Ok(request())), "cut at {end}");
        }
        for place in 0..body.len() {
            for value in [0, 0x7F, 0xFF] {
                let mut bent = body.to_vec();
                bent[place] = value;
                let _ = Request::parse(&bent);
                let _ = Accept::parse(&bent);
                let _ = Piece::parse(&bent, 0);
            }
        }
    }

    #[test]
    fn another_protocol_is_turned_down_and_not_taken_for_garbage() {
        let mut bytes = request().to_bytes();
        bytes[HEAD_BYTES + 1] = 2;
        assert_eq!(Request::parse(&bytes[HEAD_BYTES..]), Ok(Err(Rejection::Version)));
        assert_eq!(Rejection::Called.to_bytes(), [3, 0, 0, 0, 0, 4, 0, 1, 1, 7]);
        assert_eq!(abort(2)[9], 2);
    }
}
