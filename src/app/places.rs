//! The screens as one type, and the stack of those that are open.

use super::screens::behaviour::ScreenBehaviour;
use super::screens::{Route, ScreenKind, screen_table};
use crate::protocol::refusal::Refusal;

macro_rules! declare_screens {
    ($($(#[$doc:meta])* $kind:ident $(($($value:ident: $type:ty),+))?
        = $file:ident::$screen:ident, $title:literal, $shape:ident $(, tab $tab:literal)?;)+) => {
        /// A screen with what it shows.
        #[derive(Debug, Clone)]
        pub enum Screen { $($(#[$doc])* $kind(Box<super::screens::$file::$screen>),)+ }

        impl Screen {
            /// Returns the screen at the end of a route, still empty.
            #[must_use]
            pub fn at(route: Route) -> Self {
                match route {
                    $(Route::$kind $(($($value),+))? => {
                        Self::$kind(Box::new(super::screens::$file::$screen::at($($($value),+)?)))
                    })+
                }
            }

            /// Returns its kind.
            #[must_use]
            pub const fn kind(&self) -> ScreenKind {
                match self { $(Self::$kind(_) => ScreenKind::$kind,)+ }
            }

            /// Returns what it can do.
            #[must_use]
            pub fn behave(&self) -> &dyn ScreenBehaviour {
                match self { $(Self::$kind(screen) => &**screen,)+ }
            }

            pub(super) fn behave_mut(&mut self) -> &mut dyn ScreenBehaviour {
                match self { $(Self::$kind(screen) => &mut **screen,)+ }
            }
        }
    };
}

screen_table!(declare_screens);

/// An open screen on the stack.
#[derive(Debug, Clone)]
pub struct OpenScreen {
    /// Serial number, never used twice: answers find their screen by it.
    pub serial: u32,
    /// What it shows.
    pub screen: Screen,
    /// Why it could not be loaded.
    pub failure: Option<Refusal>,
    /// True if the books have changed since it was loaded.
    pub stale: bool,
}
