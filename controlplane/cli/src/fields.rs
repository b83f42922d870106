//! Owns `key=value` words and the short forms of gateways, slots and weights, as people type them.
//! Refuses to check values: the control plane does, and says what is wrong with them.

use std::str::FromStr;

use api::{Gateway, Slot, SlotTrunk, Technique};

use crate::failure::Failure;

/// Words of the form `key=value`, each of which is taken once.
#[derive(Debug)]
pub struct Fields {
    noun: &'static str,
    known: Vec<&'static str>,
    left: Vec<(String, String)>,
}

impl Fields {
    /// The fields that `words` set in a `noun`.
    ///
    /// # Errors
    /// A word without `=`, or a key that is there twice.
    pub fn of(noun: &'static str, words: &[String]) -> Result<Self, Failure> {
        let mut left: Vec<(String, String)> = Vec::new();
        for word in words {
            let (key, value) = pair(word)?;
            if left.iter().any(|(other, _)| other == key) {
                return Err(Failure::usage(format!("`{key}` is set twice"), "set it once"));
            }
            left.push((key.to_owned(), value.to_owned()));
        }
        Ok(Self { noun, known: Vec::new(), left })
    }

    /// The text of a field.
    pub fn text(&mut self, key: &'static str) -> Option<String> {
        self.known.push(key);
        let index = self.left.iter().position(|(other, _)| other == key)?;
        Some(self.left.swap_remove(index).1)
    }

    /// The text of a field that can be taken away: `key=` is `Some(None)`.
    pub fn clearable(&mut self, key: &'static str) -> Option<Option<String>> {
        self.text(key).map(|text| (!text.is_empty()).then_some(text))
    }

    /// The parts of a field between commas.
    pub fn list(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.text(key).map(|text| parts(&text))
    }

    /// A field of another type.
    ///
    /// # Errors
    /// The text is not one; `shape` says what is.
    pub fn parsed<T: FromStr>(
        &mut self,
        key: &'static str,
        shape: &str,
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let value = text.parse().map_err(|_| not_a(key, &text, shape))?;
        Ok(Some(value))
    }

    /// A field that is one of `words`.
    ///
    /// # Errors
    /// The text is none of them.
    pub fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                Err(not_a(key, &text, &words.join(" or ")))
            }
        }
    }

    /// All fields whose keys are digits.
    pub fn take_digits(&mut self) -> Vec<(String, String)> {
        self.known.push("PREFIX=RATE");
        let is_prefix = |key: &str| key.bytes().all(|byte| byte.is_ascii_digit());
        let (taken, left) =
            std::mem::take(&mut self.left).into_iter().partition(|(key, _)| is_prefix(key));
        self.left = left;
        taken
    }

    /// All that was not taken is a mistake.
    ///
    /// # Errors
    /// A field that the noun does not have.
    pub fn finish(self) -> Result<(), Failure> {
        match self.left.first() {
            None => Ok(()),
            Some((key, _)) => Err(Failure::usage(
                format!("a {} has no field `{key}` that can be set", self.noun),
                format!("set {}", self.known.join(", ")),
            )),
        }
    }
}

/// Truth as people write it.
pub const BOOLEANS: &[(&str, bool)] =
    &[("true", true), ("false", false), ("yes", true), ("no", false)];

/// Both sides of the first `=`.
///
/// # Errors
/// There is none.
pub fn pair(word: &str) -> Result<(&str, &str), Failure> {
    match word.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, value)),
        _ => Err(Failure::usage(format!("`{word}` is not key=value"), "write key=value")),
    }
}

/// Parts between commas; nothing at all has none.
pub fn parts(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `HOST[:PORT][/PRIORITY/WEIGHT]`.
///
/// # Errors
/// A part that should be a number is none.
pub fn gateway(text: &str) -> Result<Gateway, Failure> {
    let shape = "HOST, HOST:PORT or HOST:PORT/PRIORITY/WEIGHT";
    let number = |part: &str| part.parse::<u16>().map_err(|_| not_a("gateway", text, shape));
    let mut parts = text.split('/');
    let (host, port) = match parts.next().unwrap_or_default().split_once(':') {
        Some((host, port)) => (host, number(port)?),
        None => (text.split('/').next().unwrap_or_default(), 5060),
    };
    let (priority, weight) = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => (0, 0),
        (Some(priority), Some(weight), None) => (number(priority)?, number(weight)?),
        _ => return Err(not_a("gateway", text, shape)),
    };
    if host.is_empty() {
        return Err(not_a("gateway", text, shape));
    }
    Ok(Gateway { host: host.to_owned(), port, priority, weight })
}

/// Short form of a gateway; what has its default is left out.
pub fn gateway_text(gateway: &Gateway) -> String {
    let Gateway { host, port, priority, weight } = gateway;
    match (priority, weight) {
        (0, 0) => format!("{host}:{port}"),
        _ => format!("{host}:{port}/{priority}/{weight}"),
    }
}

/// The techniques and their names.
pub const TECHNIQUES: &[(&str, Technique)] = &[
    ("lcr", Technique::Lcr),
    ("percent", Technique::Percent),
    ("round_robin", Technique::RoundRobin),
];

/// Name of a technique.
pub fn technique_text(technique: Technique) -> &'static str {
    TECHNIQUES.iter().find(|(_, value)| *value == technique).map_or("", |(name, _)| name)
}

/// `TECHNIQUE:TRUNK[=WEIGHT],TRUNK[=WEIGHT]…`.
///
/// # Errors
/// The technique is not known, or a weight is no number.
pub fn slot(text: &str) -> Result<Slot, Failure> {
    let shape = "TECHNIQUE:TRUNK,… such as lcr:atlas,borealis or percent:atlas=60,borealis=40";
    let (technique, trunks) = text.split_once(':').ok_or_else(|| not_a("slot", text, shape))?;
    let technique = technique_of(technique)?;
    let trunks = parts(trunks)
        .iter()
        .map(|part| slot_trunk(part, '='))
        .collect::<Result<Vec<SlotTrunk>, Failure>>()?;
    Ok(Slot { technique, in_slot_failover: None, trunks })
}

/// A technique by its name.
///
/// # Errors
/// There is none of that name.
pub fn technique_of(name: &str) -> Result<Technique, Failure> {
    let known = TECHNIQUES.iter().find(|(known, _)| *known == name);
    known
        .map(|(_, technique)| *technique)
        .ok_or_else(|| not_a("technique", name, "lcr, percent or round_robin"))
}

/// Short form of a slot.
pub fn slot_text(slot: &Slot) -> String {
    let trunks: Vec<String> = slot.trunks.iter().map(slot_trunk_text).collect();
    format!("{}:{}", technique_text(slot.technique), trunks.join(","))
}

fn slot_trunk_text(trunk: &SlotTrunk) -> String {
    match trunk.weight {
        Some(weight) => format!("{}={weight}", trunk.trunk),
        None => trunk.trunk.clone(),
    }
}

/// `TRUNK`, or `TRUNK` and its weight behind the last `separator`.
///
/// # Errors
/// The weight is no number.
pub fn slot_trunk(text: &str, separator: char) -> Result<SlotTrunk, Failure> {
    let Some((trunk, weight)) = text.rsplit_once(separator) else {
        return Ok(SlotTrunk { trunk: text.to_owned(), weight: None });
    };
    let weight = weight.parse().map_err(|_| {
        not_a("weight", text, &format!("TRUNK{separator}WEIGHT, a weight of 1 to 100"))
    })?;
    Ok(SlotTrunk { trunk: trunk.to_owned(), weight: Some(weight) })
}

fn not_a(what: &str, text: &str, shape: &str) -> Failure {
    Failure::usage(format!("`{text}` is no {what}"), format!("write {shape}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(words: &[&str]) -> Result<Fields, Failure> {
        Fields::of("trunk", &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn fields_are_taken_once_and_strangers_are_named() {
        let mut read = fields(&["deck=", "carrier=a=b", "colour=red"]).unwrap();
        assert_eq!(read.clearable("deck"), Some(None));
        assert_eq!(read.text("carrier"), Some("a=b".to_owned()));
        assert_eq!(read.list("networks"), None);
        let said = read.finish().unwrap_err().to_string();
        assert_eq!(said, "a trunk has no field `colour` that can be set");
        assert!(fields(&["deck"]).is_err());
        assert!(fields(&["=a"]).is_err());
        assert!(fields(&["a=1", "a=2"]).is_err());
    }

    #[test]
    fn gateways_have_a_short_form() {
        for (text, again) in [
            ("192.0.2.1", "192.0.2.1:5060"),
            ("192.0.2.1:5070", "192.0.2.1:5070"),
            ("192.0.2.1/10/60", "192.0.2.1:5060/10/60"),
            ("192.0.2.1:5070/10/0", "192.0.2.1:5070/10/0"),
        ] {
            assert_eq!(gateway_text(&gateway(text).unwrap()), again);
        }
        for text in ["", ":5060", "a:b", "a:70000", "a/1", "a/1/2/3", "a/x/1"] {
            assert!(gateway(text).is_err(), "{text}");
        }
    }

    #[test]
    fn slots_have_a_short_form() {
        for text in ["lcr:atlas,borealis", "percent:atlas=60,borealis=40", "round_robin:a b"] {
            assert_eq!(slot_text(&slot(text).unwrap()), text);
        }
        for text in ["lcr", "cheap:atlas", "percent:atlas=many"] {
            assert!(slot(text).is_err(), "{text}");
        }
    }
}
