//! What went wrong: one sentence for the person on screen, the cause for us, never mixed.
//!
//! An outcome that the clinic has a word for (taken, already here, a clause not met) is a value of its noun, not an `Error`.

use std::fmt;

use crate::Words;

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds a face must tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It does not exist, or this person may not know that it does. HTTP 404.
    NotFound,
    /// Known to exist, but this act is not this person's. HTTP 403.
    Forbidden,
    /// This person's, but not on this terminal. HTTP 403; pages lead to where the terminal is told.
    Terminal,
    /// Nobody is signed in, or not strongly enough. HTTP 401; pages lead to sign-in.
    SignIn,
    /// What was sent cannot be read; the field's name where one is to blame. HTTP 422.
    Invalid {
        /// Name of the form field, or empty.
        field: &'static str,
    },
    /// Somebody else was faster; look again. HTTP 409.
    Conflict,
    /// More than a limit allows. HTTP 413 or 429 by `retry`.
    Limit {
        /// Whether waiting helps.
        retry: bool,
    },
    /// Cannot serve now: full disk, database away. HTTP 503.
    Unavailable,
    /// Our fault. HTTP 500.
    Internal,
}

/// What went wrong. `Display` shows the cause (for our log); [`Error::words`] is for the person.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    words: Words,
    cause: String,
}

impl Error {
    /// An error of `kind` that tells the person `words` and us `cause`.
    pub fn new(kind: Kind, words: Words, cause: impl fmt::Display) -> Self {
        Self(Box::new(Inner { kind, words, cause: cause.to_string() }))
    }

    /// The thing is not there, or not for this person.
    pub fn not_found(cause: impl fmt::Display) -> Self {
        let words = Words::new("お探しのページは見つかりませんでした。", "We could not find this page.");
        Self::new(Kind::NotFound, words, cause)
    }

    /// This act is not this person's.
    pub fn forbidden(cause: impl fmt::Display) -> Self {
        let words = Words::new("この操作をする権限がありません。", "You may not do this.");
        Self::new(Kind::Forbidden, words, cause)
    }

    /// This person's, but not on this terminal.
    pub fn terminal(cause: impl fmt::Display) -> Self {
        let words = Words::new(
            "この端末では、まだ画像を開けません。「この端末の確認」のページで端末を登録してください。",
            "Images cannot be opened on this terminal yet. Please register it on the page “This terminal”.",
        );
        Self::new(Kind::Terminal, words, cause)
    }

    /// Nobody is signed in.
    pub fn sign_in(cause: impl fmt::Display) -> Self {
        Self::new(Kind::SignIn, Words::new("ログインしてください。", "Please sign in."), cause)
    }

    /// A field cannot be read; `words` says what to write instead.
    pub fn invalid(field: &'static str, words: Words) -> Self {
        Self::new(Kind::Invalid { field }, words, field)
    }

    /// Somebody else was faster.
    pub fn conflict(cause: impl fmt::Display) -> Self {
        let words = Words::new(
            "ほかの人が先に変更しました。画面を読み直してから、もう一度お試しください。",
            "Someone else changed this first. Reload the page and try again.",
        );
        Self::new(Kind::Conflict, words, cause)
    }

    /// Larger or more than is taken here.
    pub fn too_large(words: Words, cause: impl fmt::Display) -> Self {
        Self::new(Kind::Limit { retry: false }, words, cause)
    }

    /// Too many in too short a time.
    pub fn too_many(cause: impl fmt::Display) -> Self {
        let words = Words::new(
            "回数の上限に達しました。しばらく待ってから、もう一度お試しください。",
            "Too many tries. Please wait a while and try again.",
        );
        Self::new(Kind::Limit { retry: true }, words, cause)
    }

    /// Cannot serve now.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let words = Words::new(
            "いまは受け付けられません。入力した内容は保存されていません。しばらくしてから、もう一度お試しください。",
            "We cannot do this now, and nothing was saved. Please try again in a while.",
        );
        Self::new(Kind::Unavailable, words, cause)
    }

    /// The disk of the data folder has no room for changes.
    pub fn disk_full(cause: impl fmt::Display) -> Self {
        let words = Words::new(
            "保存する場所がいっぱいのため、いまは見るだけになっています。これまでの記録はすべて残っています。運用の担当者に、ディスクの空きを増やすよう伝えてください。空きができれば、自動でもとに戻ります。",
            "The disk is full, so the records can only be read now. Nothing that was saved is lost. Tell whoever runs the server to make room; it goes on by itself once there is.",
        );
        Self::new(Kind::Unavailable, words, cause)
    }

    /// Our fault.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let words = Words::new(
            "システムの中で問題が起きました。操作は行われていません。",
            "Something went wrong on our side. Nothing was changed.",
        );
        Self::new(Kind::Internal, words, cause)
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The sentence for the person on screen.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.0.words
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.cause)
    }
}
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl std::error::Error for Error {}
