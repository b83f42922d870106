//! Owns what the generator remembers of each call; refuses to know what happens to it.

/// Room for the lines of the router that a message repeats: two Via, two Record-Route.
pub const LINES_LEN: usize = 470;

/// A call.
#[derive(Clone)]
pub struct Leg {
    /// Its name, whose lower half is its place; 0 while the place is free.
    pub call: u64,
    /// Which of the numbers it calls.
    pub called: u32,
    /// Which messages came out of the router, as bits.
    pub seen: u8,
    /// The carrier that got it.
    pub carrier: u8,
    len: u16,
    lines: [u8; LINES_LEN],
}

impl Leg {
    /// A free place.
    pub const FREE: Leg =
        Leg { call: 0, called: 0, seen: 0, carrier: 0, len: 0, lines: [0; LINES_LEN] };

    /// The lines kept last.
    #[inline]
    pub fn lines(&self) -> &[u8] {
        self.lines.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Keeps `lines`; `false` when they are too long.
    #[inline]
    pub fn keep(&mut self, lines: &[u8]) -> bool {
        let (Some(place), Ok(len)) =
            (self.lines.get_mut(..lines.len()), u16::try_from(lines.len()))
        else {
            return false;
        };
        place.copy_from_slice(lines);
        self.len = len;
        true
    }
}

/// All calls, by place.
pub struct Legs {
    legs: Vec<Leg>,
    free: Vec<u32>,
    begun: u64,
}

impl Legs {
    /// Room for `count` calls at a time.
    pub fn new(count: u32) -> Self {
        Legs { legs: vec![Leg::FREE; count as usize], free: (0..count).rev().collect(), begun: 0 }
    }

    /// Begins a call; nothing while every place is taken.
    pub fn begin(&mut self, called: u32) -> Option<u32> {
        let at = self.free.pop()?;
        self.begun += 1;
        let leg = self.legs.get_mut(at as usize)?;
        (leg.call, leg.called, leg.seen, leg.len) =
            (self.begun << 32 | u64::from(at), called, 0, 0);
        Some(at)
    }

    /// The call at a place.
    #[inline]
    pub fn get(&mut self, at: u32) -> Option<&mut Leg> {
        self.legs.get_mut(at as usize)
    }

    /// The call of that name, with its place.
    #[inline]
    pub fn find(&mut self, call: u64) -> Option<(u32, &mut Leg)> {
        let at = (call & u64::from(u32::MAX)) as u32;
        let leg = self.legs.get_mut(at as usize)?;
        (leg.call == call).then_some((at, leg))
    }

    /// Ends the call at a place.
    pub fn end(&mut self, at: u32) {
        if let Some(leg) = self.legs.get_mut(at as usize) {
            leg.call = 0;
            self.free.push(at);
        }
    }

    /// Calls begun since the start.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Calls that have begun and not ended.
    pub fn alive(&self) -> u64 {
        (self.legs.len() - self.free.len()) as u64
    }
}
