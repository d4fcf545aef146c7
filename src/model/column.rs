//! A column of a large table that costs nothing while all of its values are the same.

/// Values by row. Most columns of most runs (repeats, tags, latencies of logged answers) hold one value a million times.
#[derive(Clone, Debug, Default)]
pub struct Column<T> {
    len: usize,
    first: Option<T>,
    /// Empty while every value equals the first.
    values: Vec<T>,
}

impl<T: Copy + PartialEq> Column<T> {
    /// Adds a row.
    pub fn push(&mut self, value: T) {
        if self.values.is_empty() && self.first.is_none_or(|first| first == value) {
            self.first = Some(value);
        } else {
            if self.values.is_empty() {
                self.values
                    .extend(self.first.into_iter().cycle().take(self.len));
            }
            self.values.push(value);
        }
        self.len += 1;
    }

    /// The value of a row; `None` beyond the last.
    pub fn get(&self, row: usize) -> Option<T> {
        if row >= self.len {
            return None;
        }
        self.values.get(row).copied().or(self.first)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether any row has this value.
    pub fn has(&self, value: T) -> bool {
        self.len > 0 && (self.first == Some(value) || self.values.contains(&value))
    }
}

/// Numbers that may be unknown; NaN stands for unknown, since no number of a trial is NaN.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Column<u64>);

impl Numbers {
    /// Adds a row.
    pub fn push(&mut self, value: Option<f64>) {
        self.0.push(value.unwrap_or(f64::NAN).to_bits());
    }

    /// The number of a row; `None` where it is unknown, and beyond the last.
    pub fn get(&self, row: usize) -> Option<f64> {
        let value = f64::from_bits(self.0.get(row)?);
        (!value.is_nan()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_gives_back_what_was_put_in_whether_it_varies_or_not() {
        let mut column = Column::default();
        assert_eq!((column.get(0), column.is_empty()), (None, true));
        for _ in 0..3 {
            column.push(7);
        }
        assert!(column.values.is_empty(), "nothing is stored so far");
        assert_eq!(
            (column.get(2), column.get(3), column.len()),
            (Some(7), None, 3)
        );
        column.push(8);
        column.push(7);
        let all: Vec<_> = (0..column.len())
            .filter_map(|row| column.get(row))
            .collect();
        assert_eq!(all, [7, 7, 7, 8, 7]);
        assert!(column.has(8) && !column.has(9));
    }
}
