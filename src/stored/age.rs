//! How old an earlier run may be for its answers to say something of today.

/// Days after which a stored baseline is asked again: providers change models without changing names.
const MAX_AGE_DAYS: f64 = 30.0;

/// A baseline of another time is one as long as nobody can have changed the model behind it.
///
/// # Errors
/// That it is too old, or that nobody can tell.
pub(crate) fn fresh(started_at: &str) -> Result<(), String> {
    let age = days(started_at).ok_or("the age of the stored run cannot be told")?;
    if age > MAX_AGE_DAYS {
        return Err(format!(
            "the stored run is {age:.0} days old, more than {MAX_AGE_DAYS:.0}"
        ));
    }
    Ok(())
}

/// Days since then.
pub(crate) fn days(started_at: &str) -> Option<f64> {
    let then: jiff::Timestamp = started_at.parse().ok()?;
    let seconds = jiff::Timestamp::now().as_second() - then.as_second();
    Some(seconds as f64 / 86_400.0)
}
