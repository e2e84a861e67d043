//! What became of a file of a medium, in words for the person who brought it.

use kernel::Words;

use crate::dataset::{Broken, Fault};
use crate::intake::NotKept;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is ours from now on.
    Stored,
    /// The same bytes were here already.
    AlreadyHere,
    /// It is nothing that we take; nobody needs to do anything.
    Skipped(Skipped),
    /// It should have been taken and was not: somebody has to look.
    NotTaken(NotTaken),
}

/// Why a file was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// No DICOM file: the viewer that came with the disc, a picture, a text.
    NotDicom,
    /// The directory of the medium itself.
    Directory,
    /// A link or a device.
    NoFile,
    /// A folder that cannot be read, or lies too deep.
    Folder,
}

/// Why a file was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It cannot be read from the medium.
    Unreadable,
    /// It is broken.
    Broken(Fault),
    /// It is whole, and cannot be kept.
    NotKept(NotKept),
    /// The directory names it, and it is not there.
    Missing,
    /// The directory names a place outside the medium.
    Outside,
    /// The directory is larger than any honest one.
    TooLarge,
}

impl Outcome {
    /// One word for a program that reads along.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::AlreadyHere => "already-here",
            Self::Skipped(_) => "skipped",
            Self::NotTaken(_) => "not-taken",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Stored => Words::new("取り込みました。", "Taken in."),
            Self::AlreadyHere => Words::new("すでに取り込まれています。", "Already here."),
            Self::Skipped(why) => why.words(),
            Self::NotTaken(why) => why.words(),
        }
    }
}

impl Skipped {
    fn words(self) -> Words {
        match self {
            Self::NotDicom => {
                Words::new("DICOM画像ではないため、取り込みません。", "Not a DICOM image, so it is left.")
            }
            Self::Directory => Words::new("媒体の目次です（DICOMDIR）。", "The directory of the medium (DICOMDIR)."),
            Self::NoFile => Words::new("ファイルではありません。", "Not a file."),
            Self::Folder => Words::new("フォルダーを開けませんでした。", "The folder could not be opened."),
        }
    }
}

impl NotTaken {
    fn words(self) -> Words {
        match self {
            Self::Unreadable => Words::new(
                "媒体から読み取れません。ディスクの汚れや傷を確かめてください。",
                "It cannot be read from the medium. Please look for dirt or scratches.",
            ),
            Self::Broken(fault) => {
                let told = broken(fault.what);
                Words::made(
                    format!("{}（{}バイト目）", told.ja, fault.offset),
                    format!("{} (at byte {})", told.en, fault.offset),
                )
            }
            Self::NotKept(NotKept::Unplaced(refused)) => refused.words(),
            Self::NotKept(NotKept::Differs) => Words::new(
                "同じ識別番号で内容の違う画像が、すでにあります。上書きはしません。",
                "An image of the same identifier with other contents is here already. It is not written over.",
            ),
            Self::Missing => Words::new(
                "目次にありますが、媒体に見つかりません。",
                "The directory names it, but it is not on the medium.",
            ),
            Self::Outside => Words::new(
                "目次が媒体の外を指しています。開きません。",
                "The directory points outside the medium. It is not opened.",
            ),
            Self::TooLarge => Words::new("目次が大きすぎます。", "The directory is too large."),
        }
    }
}

fn broken(what: Broken) -> Words {
    match what {
        Broken::NotDicom => Words::new("DICOMファイルの形になっていません。", "It is not formed as a DICOM file."),
        Broken::NoVr | Broken::Length | Broken::Overrun | Broken::Misplaced => {
            Words::new("中身が壊れています。", "Its contents are damaged.")
        }
        Broken::TooDeep | Broken::TooMuch | Broken::Inflate => Words::new(
            "中身が不自然に大きいため、取り込みません。",
            "Its contents are unnaturally large, so it is not taken.",
        ),
        Broken::Truncated => Words::new("途中で切れています。", "It ends in the middle."),
    }
}
