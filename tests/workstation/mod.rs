//! The workstation: the program in a terminal.

mod terminal;
