//! Owns the difference between a field that is left out and one that is null.
//! Knows nothing of the entities that have such fields.

use serde::{Deserialize, Deserializer};

/// Reads a field that stands in the text, null as `Some(None)`; one that does not stays `None`.
///
/// # Errors
/// Those of the field's own type.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
