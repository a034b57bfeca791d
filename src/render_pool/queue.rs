//! Who has a worker and who waits for one: two lanes, so that a dear picture does not hold back many cheap ones.
//!
//! A value without clock, task or lock; the pool is its only user. Dear pictures leave one worker to the others, wait until as much light
//! work went by as they take themselves, and then have their turn: so neither lane starves.

use super::estimate_correction::Pace;
use crate::limits::Limits;
use std::collections::VecDeque;
use std::time::Duration;

/// By estimate: above [`Limits::render_dear`] or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Light,
    Dear,
}

/// A job on a worker, or waiting for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub number: u64,
    pub lane: Lane,
    pub estimate: Duration,
}

/// Who waits with a ticket.
#[derive(Debug)]
struct Waiting<T> {
    seat: Seat,
    ticket: T,
}

/// See the module. `T` is what calls a waiting job.
#[derive(Debug)]
pub(super) struct Lanes<T> {
    workers: usize,
    length: usize,
    longest: Duration,
    dear_from: Duration,
    light: VecDeque<Waiting<T>>,
    dear: VecDeque<Waiting<T>>,
    drawing: Vec<Seat>,
    /// Those on workers that were given up; still running, for all that is known.
    lost: Vec<Seat>,
    /// Light work that went by while the first dear job waited.
    passed: Duration,
    pace: Pace,
    next: u64,
}

impl<T> Lanes<T> {
    pub fn new(limits: &Limits) -> Self {
        Self {
            workers: limits.render_workers,
            length: limits.render_queue_length,
            longest: limits.render_queue,
            dear_from: limits.render_dear,
            light: VecDeque::new(),
            dear: VecDeque::new(),
            drawing: Vec::new(),
            lost: Vec::new(),
            passed: Duration::ZERO,
            pace: Pace::default(),
            next: 0,
        }
    }

    /// A seat for a job of this estimate, which is not in a lane yet.
    pub fn seat(&mut self, estimate: Duration) -> Seat {
        self.next += 1;
        Seat { number: self.next, lane: self.lane(estimate), estimate }
    }

    fn lane(&self, estimate: Duration) -> Lane {
        if estimate > self.dear_from { Lane::Dear } else { Lane::Light }
    }

    /// How long a job of this estimate would wait for a worker. Err where that is too long, or too many wait already.
    pub fn wait(&self, estimate: Duration) -> Result<Duration, Duration> {
        let lane = self.lane(estimate);
        if self.has_worker_for(lane) && self.waiting(lane).is_empty() {
            return Ok(Duration::ZERO);
        }
        let work = |lane: &VecDeque<Waiting<T>>| lane.iter().map(|waiting| waiting.seat.estimate).sum::<Duration>();
        let ahead = self.drawing.iter().map(|seat| seat.estimate).sum::<Duration>() + work(&self.light);
        // Dear pictures are passed by light ones, and are therefore no reason to refuse these.
        let ahead = if lane == Lane::Dear { ahead + work(&self.dear) } else { ahead };
        let wait = self.pace.of(ahead) / u32::try_from(self.workers).unwrap_or(u32::MAX).max(1);
        let is_full = match lane {
            Lane::Light => self.light.len() + self.dear.len() >= self.length,
            // They leave half of the places to the others.
            Lane::Dear => {
                self.dear.len() >= self.length.div_ceil(2) || self.light.len() + self.dear.len() >= self.length
            }
        };
        if is_full || wait > self.longest { Err(wait) } else { Ok(wait) }
    }

    /// Puts a job at the end of its lane.
    pub fn enter(&mut self, seat: Seat, ticket: T) {
        let lane = match seat.lane {
            Lane::Light => &mut self.light,
            Lane::Dear => &mut self.dear,
        };
        lane.push_back(Waiting { seat, ticket });
    }

    /// Takes a job out of its lane that does not want to wait any longer.
    pub fn forget(&mut self, number: u64) {
        self.light.retain(|waiting| waiting.seat.number != number);
        self.dear.retain(|waiting| waiting.seat.number != number);
    }

    /// The next job that has a worker now.
    pub fn call(&mut self) -> Option<(Seat, T)> {
        let is_turn_of_dear =
            self.dear.front().is_some_and(|dear| self.light.is_empty() || self.passed >= dear.seat.estimate);
        let dear_first = is_turn_of_dear && self.has_worker_for(Lane::Dear);
        let (lane, from) = if dear_first { (Lane::Dear, &mut self.dear) } else { (Lane::Light, &mut self.light) };
        if from.is_empty() || !Self::has_worker(self.workers, &self.drawing, self.lost.len(), lane) {
            return None;
        }
        let Waiting { seat, ticket } = from.pop_front()?;
        match lane {
            Lane::Light if !self.dear.is_empty() => self.passed += seat.estimate,
            _ => self.passed = Duration::ZERO,
        }
        self.drawing.push(seat);
        Some((seat, ticket))
    }

    fn has_worker_for(&self, lane: Lane) -> bool {
        Self::has_worker(self.workers, &self.drawing, self.lost.len(), lane)
    }

    fn has_worker(workers: usize, drawing: &[Seat], lost: usize, lane: Lane) -> bool {
        let dear = drawing.iter().filter(|seat| seat.lane == Lane::Dear).count();
        // As many are replaced as there are, so that never more than twice as many run.
        let given_up = lost.saturating_sub(workers);
        let is_free = drawing.len() + given_up < workers;
        is_free && (lane == Lane::Light || dear < (workers - 1).max(1))
    }

    fn waiting(&self, lane: Lane) -> &VecDeque<Waiting<T>> {
        match lane {
            Lane::Light => &self.light,
            Lane::Dear => &self.dear,
        }
    }

    /// The worker of this job is free.
    pub fn leave(&mut self, number: u64) {
        self.drawing.retain(|seat| seat.number != number);
        self.lost.retain(|seat| seat.number != number);
    }

    /// A job has ended after so much time.
    pub fn saw(&mut self, estimate: Duration, taken: Duration) {
        self.pace.saw(estimate, taken);
    }

    /// The worker of this job is given up.
    pub fn lose(&mut self, number: u64) {
        if let Some(place) = self.drawing.iter().position(|seat| seat.number == number) {
            self.lost.push(self.drawing.swap_remove(place));
        }
    }

    /// On a worker, waiting, lost.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.drawing.len(), self.light.len() + self.dear.len(), self.lost.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIGHT: Duration = Duration::from_millis(1);
    const DEAR: Duration = Duration::from_millis(50);

    fn lanes(workers: usize) -> Lanes<&'static str> {
        let limits = Limits {
            render_workers: workers,
            render_queue_length: 10,
            render_queue: Duration::from_secs(1),
            render_dear: Duration::from_millis(20),
            ..Limits::default()
        };
        Lanes::new(&limits)
    }

    fn enter(lanes: &mut Lanes<&'static str>, estimate: Duration, name: &'static str) {
        let seat = lanes.seat(estimate);
        lanes.enter(seat, name);
    }

    /// Calls, draws and ends one after another, on one worker.
    fn order(lanes: &mut Lanes<&'static str>) -> Vec<&'static str> {
        let one = |lanes: &mut Lanes<_>| {
            let (seat, name) = lanes.call()?;
            lanes.leave(seat.number);
            Some(name)
        };
        std::iter::from_fn(|| one(lanes)).collect()
    }

    #[test]
    fn light_pictures_pass_a_dear_one_until_they_took_as_much_as_it_takes() {
        let mut lanes = lanes(1);
        enter(&mut lanes, DEAR, "dear");
        (0..60).for_each(|_| enter(&mut lanes, LIGHT, "light"));
        let order = order(&mut lanes);
        assert_eq!((order.len(), order.iter().position(|&name| name == "dear")), (61, Some(50)));
    }

    #[test]
    fn a_dear_picture_goes_at_once_where_nothing_else_waits_and_leaves_a_worker_to_the_others() {
        let mut lanes = lanes(2);
        enter(&mut lanes, DEAR, "one");
        enter(&mut lanes, DEAR, "two");
        assert_eq!(lanes.call().unwrap().1, "one");
        assert_eq!(lanes.call(), None);
        assert_eq!((lanes.wait(LIGHT), lanes.wait(DEAR)), (Ok(Duration::ZERO), Ok(DEAR)));
        enter(&mut lanes, LIGHT, "light");
        assert_eq!(lanes.call().unwrap().1, "light");
    }

    #[test]
    fn n_wait_and_one_more_is_refused() {
        let mut lanes = lanes(1);
        enter(&mut lanes, LIGHT, "drawn");
        lanes.call().unwrap();
        for _ in 0..9 {
            enter(&mut lanes, LIGHT, "waits");
        }
        assert_eq!(lanes.wait(LIGHT), Ok(10 * LIGHT));
        enter(&mut lanes, LIGHT, "waits");
        assert_eq!(lanes.wait(LIGHT), Err(11 * LIGHT));
    }

    #[test]
    fn dear_pictures_fill_neither_the_places_nor_the_time_of_light_ones() {
        let mut lanes = lanes(1);
        enter(&mut lanes, LIGHT, "drawn");
        lanes.call().unwrap();
        for _ in 0..5 {
            assert!(lanes.wait(19 * DEAR).is_ok() || lanes.counts().1 > 0);
            enter(&mut lanes, 19 * DEAR, "dear");
        }
        assert!(lanes.wait(DEAR).is_err());
        assert_eq!(lanes.wait(LIGHT), Ok(LIGHT));
    }

    #[test]
    fn who_would_wait_longer_than_allowed_is_refused() {
        let mut lanes = lanes(1);
        let half = Duration::from_millis(500);
        enter(&mut lanes, half, "drawn");
        lanes.call().unwrap();
        enter(&mut lanes, half, "waits");
        assert_eq!(lanes.wait(half), Ok(2 * half));
        enter(&mut lanes, LIGHT, "waits");
        assert_eq!(lanes.wait(half), Err(2 * half + LIGHT));
    }

    #[test]
    fn where_work_takes_longer_than_estimated_it_refuses_earlier() {
        let mut lanes = lanes(1);
        for _ in 0..100 {
            lanes.saw(LIGHT, 200 * LIGHT);
        }
        for name in ["drawn", "waits", "waits", "waits", "waits", "waits", "waits", "waits"] {
            enter(&mut lanes, LIGHT, name);
        }
        lanes.call().unwrap();
        assert!(lanes.wait(LIGHT).is_ok(), "8 ms, which is at most a hundred times as much");
        (0..3).for_each(|_| enter(&mut lanes, LIGHT, "waits"));
        assert!(lanes.wait(LIGHT).is_err());
    }

    #[test]
    fn a_lost_worker_is_replaced_once_and_never_more_than_there_are() {
        let mut lanes = lanes(1);
        for _ in 0..3 {
            enter(&mut lanes, LIGHT, "endless");
        }
        let first = lanes.call().unwrap().0;
        assert_eq!(lanes.call(), None);
        lanes.lose(first.number);
        let second = lanes.call().unwrap().0;
        lanes.lose(second.number);
        assert_eq!((lanes.call(), lanes.counts()), (None, (0, 1, 2)));
        lanes.leave(first.number);
        assert!(lanes.call().is_some(), "one of them came back");
    }

    #[test]
    fn who_does_not_want_to_wait_any_longer_is_not_called() {
        let mut lanes = lanes(1);
        let seat = lanes.seat(LIGHT);
        lanes.enter(seat, "gone");
        enter(&mut lanes, LIGHT, "stays");
        lanes.forget(seat.number);
        assert_eq!(order(&mut lanes), ["stays"]);
    }
}
