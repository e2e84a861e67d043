//! Enums that have a name in rows, forms and addresses, and words on pages: all of it written once, side by side.

/// An enum with a key for each variant, and with words if people read it.
///
/// ```ignore
/// kernel::keyed! {
///     /// How a call ended.
///     pub enum Ending {
///         /// The doctor closed it.
///         Ended => "ended", "終了", "Ended";
///         /// The patient did not answer.
///         NoAnswer => "no_answer", "応答なし", "No answer";
///     }
/// }
/// assert_eq!(Ending::from_key("no_answer"), Some(Ending::NoAnswer));
/// assert_eq!(Ending::NoAnswer.words().en, "No answer");
/// assert_eq!(Ending::ALL.map(Ending::key), ["ended", "no_answer"]);
/// ```
///
/// A key stands in records, so it is never changed; the order is that of forms.
#[macro_export]
macro_rules! keyed {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$of:meta])* $variant:ident => $key:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$of])* $variant,)+
        }

        #[allow(dead_code, reason = "not every enum needs every one of them")]
        impl $name {
            /// Every one, in the order of forms.
            $vis const ALL: [Self; [$($key),+].len()] = [$(Self::$variant),+];

            /// Its name in rows, forms and addresses.
            #[must_use]
            $vis const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }

            /// From [`Self::key`].
            #[must_use]
            $vis fn from_key(key: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|it| it.key() == key)
            }

            /// What a form's answer is read by.
            #[must_use]
            $vis fn keys() -> [(&'static str, Self); [$($key),+].len()] {
                Self::ALL.map(|it| (it.key(), it))
            }
        }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$of:meta])* $variant:ident => $key:literal, $ja:literal, $en:literal;)+
    }) => {
        $crate::keyed! {
            $(#[$meta])*
            $vis enum $name {
                $($(#[$of])* $variant => $key;)+
            }
        }

        #[allow(dead_code, reason = "not every enum needs every one of them")]
        impl $name {
            /// What people read.
            #[must_use]
            $vis const fn words(self) -> $crate::Words {
                match self {
                    $(Self::$variant => $crate::Words::new($ja, $en),)+
                }
            }

            /// What a form offers.
            #[must_use]
            $vis fn options(lang: $crate::Lang) -> [(&'static str, String); [$($key),+].len()] {
                Self::ALL.map(|it| (it.key(), it.words().in_lang(lang).to_owned()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    keyed! {
        /// For the test.
        enum Fruit {
            /// 柿
            Persimmon => "persimmon", "柿", "Persimmon";
            /// 梨
            Pear => "pear", "梨", "Pear";
        }
    }

    #[test]
    fn a_key_reads_back() {
        for fruit in Fruit::ALL {
            assert_eq!(Fruit::from_key(fruit.key()), Some(fruit));
        }
        assert_eq!(Fruit::from_key("apple"), None);
        assert_eq!(Fruit::keys()[1], ("pear", Fruit::Pear));
        assert_eq!(Fruit::options(crate::Lang::Ja)[0], ("persimmon", "柿".to_owned()));
    }
}
