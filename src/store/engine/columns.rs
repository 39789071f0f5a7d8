//! Named columns of a query, so that no column number is counted by hand.

/// Declares a module with the columns of a SELECT: the text of the list (`SQL`), a constant with the number
/// of each column, and the number after the last one (`END`), from which another list may continue.
///
/// `mod day from 0 => { DAY = "d.day", STATE = "d.state" }` gives `day::SQL`, which is "d.day, d.state", and the
/// numbers `day::DAY`, `day::STATE` and `day::END`: 0, 1 and 2. A macro in the text of a column needs its
/// full path.
macro_rules! columns {
    ($(#[$doc:meta])* $visibility:vis mod $name:ident from $start:expr => {
        $head:ident = $head_sql:expr $(, $column:ident = $sql:expr)* $(,)?
    }) => {
        $(#[$doc])*
        #[allow(dead_code, reason = "a list that continues another, or is read by another's numbers, needs few of its own")]
        $visibility mod $name {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "names of constants, numbered")]
            enum Number { $head $(, $column)*, END }

            pub const SQL: &str = concat!($head_sql $(, ", ", $sql)*);
            pub const $head: usize = $start + Number::$head as usize;
            $(pub const $column: usize = $start + Number::$column as usize;)*
            pub const END: usize = $start + Number::END as usize;
        }
    };
}

pub(crate) use columns;

#[cfg(test)]
mod tests {
    columns! {
        mod day from 0 => { DAY = "d.day", STATE = concat!("d", ".state") }
    }

    columns! {
        mod more from super::day::END => { HEAD = "d.head_seq" }
    }

    #[test]
    fn columns_are_numbered_in_the_order_of_their_list() {
        assert_eq!((day::SQL, day::DAY, day::STATE, day::END), ("d.day, d.state", 0, 1, 2));
        assert_eq!((more::SQL, more::HEAD), ("d.head_seq", 2));
    }
}
