//! Earlier answers of baselines, written into a new journal case by case: they are in no hurry to be read, and may be large.

use super::Ready;
use super::error::RunError;
use super::outlets::Outlets;
use crate::model::RunEvent;
use crate::plan::SuitePlan;
use crate::stored::PooledArm;

/// Writes them all.
pub(super) fn write(ready: &Ready, out: &mut Outlets<'_>) -> Result<(), RunError> {
    for pool in &ready.pools {
        if let Some(suite) = ready.plan.suites.get(pool.place.0 as usize) {
            write_pool(ready.plan.seed, (pool, suite), out)?;
        }
    }
    Ok(())
}

fn write_pool(
    seed: u64,
    (pool, suite): (&PooledArm, &SuitePlan),
    out: &mut Outlets<'_>,
) -> Result<(), RunError> {
    let order = suite.order(seed, pool.place.0 as usize);
    let here = (0_u32..).zip(order).filter(|(_, case)| suite.holds(*case));
    for (order, place) in here {
        let case = suite.dataset.case(place);
        let case = case.map_err(|error| RunError::dataset(suite, error))?;
        for trial in pool.trials((place, order), &case) {
            out.event(&RunEvent::Trial(Box::new(trial)))?;
        }
    }
    Ok(())
}
