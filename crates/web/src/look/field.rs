//! Fields of a form: label, hint, fault and control tied together, so that no page can forget one.

use kernel::Lang;
use maud::{Markup, Render, html};

use crate::Filled;

/// A field while it is built; splice it as it is, or end with [`Input::into_markup`].
///
/// Everything is required until [`Input::optional`] is called, and says so with a word. The control's id is
/// [`field_id`] of its name, the place where [`faults_summary`] leads to.
#[derive(Debug, Clone)]
#[must_use = "a field is shown only where it is spliced"]
pub struct Input<'a> {
    lang: Lang,
    filled: &'a Filled,
    name: &'a str,
    label: &'a str,
    hint: Option<&'a str>,
    need: Need,
    id: String,
    control: Control<'a>,
    autocomplete: Option<&'a str>,
    max: Option<usize>,
    range: Option<(&'a str, &'a str)>,
    numeric: bool,
    short: bool,
    inline: bool,
    many: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    /// A single tick that may stay off, a search: neither word would help.
    Unsaid,
}

#[derive(Debug, Clone)]
enum Control<'a> {
    Line(&'a str),
    File(&'a str),
    Area(u8),
    Select(Options),
    Choice(Options),
    Ticks(Options),
    Tick(&'a str),
}

type Options = Vec<(String, String)>;

fn owned<V: AsRef<str>, L: AsRef<str>>(options: &[(V, L)]) -> Options {
    options.iter().map(|(value, label)| (value.as_ref().to_owned(), label.as_ref().to_owned())).collect()
}

/// The id of the control of the field `name`: its name with anything but letters, digits, `-` and `_` made a `-`.
#[must_use]
pub fn field_id(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || it == '_' { it } else { '-' };
    format!("f-{}", name.chars().map(plain).collect::<String>())
}

/// A line of text. [`Input::kind`] makes it an address, a password, a date.
pub fn text_input<'a>(
    lang: Lang,
    filled: &'a Filled,
    name: &'a str,
    label: &'a str,
    hint: Option<&'a str>,
) -> Input<'a> {
    Input::new(lang, filled, name, label, hint, Control::Line("text"))
}

/// A text of several lines.
pub fn area<'a>(lang: Lang, filled: &'a Filled, name: &'a str, label: &'a str, hint: Option<&'a str>) -> Input<'a> {
    Input::new(lang, filled, name, label, hint, Control::Area(5))
}

/// A file to send, in an `upload_form`. `accept` names the kinds (`image/jpeg,image/png`); the server checks again.
pub fn file_input<'a>(
    lang: Lang,
    filled: &'a Filled,
    name: &'a str,
    label: &'a str,
    hint: Option<&'a str>,
    accept: &'a str,
) -> Input<'a> {
    Input::new(lang, filled, name, label, hint, Control::File(accept))
}

/// One of a few (up to about seven): all are seen at once. More than that is a [`select`].
pub fn choice<'a, V: AsRef<str>, L: AsRef<str>>(
    lang: Lang,
    filled: &'a Filled,
    name: &'a str,
    label: &'a str,
    options: &[(V, L)],
) -> Input<'a> {
    Input::new(lang, filled, name, label, None, Control::Choice(owned(options)))
}

/// Any number of several.
pub fn ticks<'a, V: AsRef<str>, L: AsRef<str>>(
    lang: Lang,
    filled: &'a Filled,
    name: &'a str,
    label: &'a str,
    options: &[(V, L)],
) -> Input<'a> {
    Input::new(lang, filled, name, label, None, Control::Ticks(owned(options)))
}

/// A single box to tick. Says neither "required" nor "optional" until [`Input::required`].
pub fn tick<'a>(lang: Lang, filled: &'a Filled, name: &'a str, value: &'a str, label: &'a str) -> Input<'a> {
    let mut input = Input::new(lang, filled, name, label, None, Control::Tick(value));
    input.need = Need::Unsaid;
    input
}

/// One of many.
pub fn select<'a, V: AsRef<str>, L: AsRef<str>>(
    lang: Lang,
    filled: &'a Filled,
    name: &'a str,
    label: &'a str,
    options: &[(V, L)],
) -> Input<'a> {
    Input::new(lang, filled, name, label, None, Control::Select(owned(options)))
}

/// A value that goes with the form unseen. The server must not trust it.
#[must_use]
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

impl<'a> Input<'a> {
    fn new(
        lang: Lang,
        filled: &'a Filled,
        name: &'a str,
        label: &'a str,
        hint: Option<&'a str>,
        control: Control<'a>,
    ) -> Self {
        Self {
            lang,
            filled,
            name,
            label,
            hint,
            need: Need::Required,
            id: field_id(name),
            control,
            autocomplete: None,
            max: None,
            range: None,
            numeric: false,
            short: false,
            inline: false,
            many: false,
        }
    }

    /// Several files at once, in a [`file_input`].
    pub fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// The kind of a [`text_input`]: `email`, `tel`, `password`, `date`, `number`, `time`, `search`, `url`.
    pub fn kind(mut self, kind: &'a str) -> Self {
        self.short |= matches!(kind, "date" | "number" | "time");
        self.control = Control::Line(kind);
        self
    }

    /// May be left empty; says so with a word.
    pub fn optional(mut self) -> Self {
        self.need = Need::Optional;
        self
    }

    /// Must be filled in (a [`tick`]; all others are so from the start).
    pub fn required(mut self) -> Self {
        self.need = Need::Required;
        self
    }

    /// Says neither "required" nor "optional": searches and filters, where everything may be empty.
    pub fn unmarked(mut self) -> Self {
        self.need = Need::Unsaid;
        self
    }

    /// What it is, for browsers and password keepers that fill it in (WHATWG autofill names: `name`, `bday`, `one-time-code`).
    pub fn autocomplete(mut self, what: &'a str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// Takes at most `n` characters.
    pub fn max(mut self, n: usize) -> Self {
        self.max = Some(n);
        self
    }

    /// The least and the greatest value of a number, date or time.
    pub fn range(mut self, least: &'a str, greatest: &'a str) -> Self {
        self.range = Some((least, greatest));
        self
    }

    /// Digits: phones show the number pad (codes, card numbers; not amounts, which are `kind("number")`).
    pub fn digits(mut self) -> Self {
        self.numeric = true;
        self
    }

    /// A short control for what is always short (codes, numbers).
    pub fn short(mut self) -> Self {
        self.short = true;
        self
    }

    /// Choices beside each other where there is room, for labels of a word or two.
    pub fn inline(mut self) -> Self {
        self.inline = true;
        self
    }

    /// Height of an [`area`] in lines.
    pub fn rows(mut self, rows: u8) -> Self {
        if let Control::Area(_) = self.control {
            self.control = Control::Area(rows);
        }
        self
    }

    /// A sentence under the label.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Another id, where one page has two fields of the same name. Faults then have to be shown near by hand.
    pub fn id(mut self, id: &str) -> Self {
        self.id = field_id(id);
        self
    }

    /// The field.
    #[must_use]
    pub fn into_markup(self) -> Markup {
        self.render()
    }

    fn need_word(&self) -> Markup {
        html! {
            @match self.need {
                Need::Required => { " " span.need.required { (self.lang.t("必須", "required")) } }
                Need::Optional => { " " span.need { (self.lang.t("任意", "optional")) } }
                Need::Unsaid => {}
            }
        }
    }

    /// The ids that describe the control: hint, then fault.
    fn described(&self) -> Option<String> {
        let hint = self.hint.map(|_| format!("{}-hint", self.id));
        let fault = self.filled.fault(self.name).map(|_| format!("{}-fault", self.id));
        match (hint, fault) {
            (Some(hint), Some(fault)) => Some(format!("{hint} {fault}")),
            (one, other) => one.or(other),
        }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.filled.fault(self.name).map(|_| "true")
    }

    fn notes(&self) -> Markup {
        html! {
            @if let Some(hint) = self.hint { p.hint id={ (self.id) "-hint" } { (hint) } }
            @if let Some(words) = self.filled.fault(self.name) {
                p.fault id={ (self.id) "-fault" } {
                    span.fault-word { (self.lang.t("修正：", "To mend: ")) } (words.in_lang(self.lang))
                }
            }
        }
    }

    fn single(&self) -> Markup {
        html! {
            label for=(self.id) { (self.label) (self.need_word()) }
            (self.notes())
            (self.box_itself())
        }
    }

    fn box_itself(&self) -> Markup {
        let (id, name, value) = (&self.id, self.name, self.filled.get(self.name));
        let (described, invalid) = (self.described(), self.invalid());
        let required = self.need == Need::Required;
        match &self.control {
            Control::Line(kind) => {
                // A secret never goes back into a page.
                let value = if *kind == "password" { "" } else { value };
                let exact = matches!(*kind, "email" | "password" | "url") || self.numeric;
                html! {
                    input class=[self.short.then_some("short")] type=(kind) id=(id) name=(name) value=(value)
                        required[required] maxlength=[self.max] autocomplete=[self.autocomplete]
                        inputmode=[self.numeric.then_some("numeric")] min=[self.range.map(|it| it.0)]
                        max=[self.range.map(|it| it.1)] autocapitalize=[exact.then_some("none")]
                        spellcheck=[exact.then_some("false")] aria-describedby=[described] aria-invalid=[invalid];
                }
            }
            Control::File(accept) => html! {
                input type="file" id=(id) name=(name) accept=(accept) required[required] multiple[self.many]
                    aria-describedby=[described] aria-invalid=[invalid];
            },
            Control::Area(rows) => html! {
                // A line break right after the tag is not part of the text (HTML 13.1.2.5); this one may be eaten.
                textarea id=(id) name=(name) rows=(rows) required[required] maxlength=[self.max]
                    autocomplete=[self.autocomplete] aria-describedby=[described] aria-invalid=[invalid] { "\n" (value) }
            },
            Control::Select(options) => html! {
                select class=[self.short.then_some("short")] id=(id) name=(name) required[required]
                    autocomplete=[self.autocomplete] aria-describedby=[described] aria-invalid=[invalid] {
                    @if !options.iter().any(|(value, _)| value.is_empty()) {
                        option value="" { @if required { (self.lang.t("選んでください", "Please choose")) } @else { (self.lang.t("選ばない", "None")) } }
                    }
                    @for (option, label) in options { option value=(option) selected[option == value] { (label) } }
                }
            },
            Control::Choice(_) | Control::Ticks(_) | Control::Tick(_) => html! {},
        }
    }

    fn group(&self, kind: &str, options: &Options) -> Markup {
        let radio = kind == "radio";
        html! {
            fieldset class={ "group" @if self.inline { " inline" } } aria-describedby=[self.described()] {
                legend { (self.label) (self.need_word()) }
                (self.notes())
                div.options { @for (index, (value, label)) in options.iter().enumerate() {
                    @let id = if index == 0 { self.id.clone() } else { format!("{}-{}", self.id, index + 1) };
                    div.option {
                        // `required` on each tick would ask for all of them.
                        input type=(kind) id=(id) name=(self.name) value=(value) checked[self.filled.has(self.name, value)]
                            required[radio && self.need == Need::Required] aria-invalid=[self.invalid()];
                        label for=(id) { (label) }
                    }
                } }
            }
        }
    }

    fn lone_tick(&self, value: &str) -> Markup {
        html! {
            (self.notes())
            div.option {
                input type="checkbox" id=(self.id) name=(self.name) value=(value) checked[self.filled.has(self.name, value)]
                    required[self.need == Need::Required] aria-describedby=[self.described()] aria-invalid=[self.invalid()];
                label for=(self.id) { (self.label) (self.need_word()) }
            }
        }
    }
}

impl Render for Input<'_> {
    fn render(&self) -> Markup {
        html! {
            div.field.faulty[self.invalid().is_some()] {
                @match &self.control {
                    Control::Choice(options) => (self.group("radio", options)),
                    Control::Ticks(options) => (self.group("checkbox", options)),
                    Control::Tick(value) => (self.lone_tick(value)),
                    _ => (self.single()),
                }
            }
        }
    }
}

/// What must be mended, at the top of a form that came back: each line leads to its field. Nothing when nothing is wrong.
///
/// The script moves the focus here when the page opens, so that a screen reader begins with it.
#[must_use]
pub fn faults_summary(lang: Lang, filled: &Filled) -> Markup {
    let faults = &filled.faults.0;
    html! {
        @if !faults.is_empty() {
            div.faults #faults role="alert" tabindex="-1" {
                p.faults-title {
                    @match lang {
                        Lang::Ja => { "入力を確かめてください（" (faults.len()) "か所）。入力した内容は残っています。" }
                        Lang::En => { "Please check " (faults.len()) @if faults.len() == 1 { " place" } @else { " places" } ". What you typed is still here." }
                    }
                }
                ul { @for (field, words) in faults {
                    li {
                        @if field.is_empty() { (words.in_lang(lang)) }
                        @else { a href={ "#" (field_id(field)) } { (words.in_lang(lang)) } }
                    }
                } }
            }
        }
    }
}
