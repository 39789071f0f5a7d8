//! The workstation: sessions over the desk of the sample day, driven by keys; pictures of its screens; and the program
//! in a terminal.

mod desk;
mod session;

mod acceptances;
mod account_matches;
mod bills;
mod cases;
mod commands;
mod connection;
mod currencies;
mod days;
mod imports;
mod lists;
mod matches;
mod older_system;
mod pages;
mod pictures;
mod pictures_of_choice;
mod sizes;
mod terminal;
mod trail;
mod waiting;
