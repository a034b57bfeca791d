//! Priority queue of the workers, in two lanes, so that an expensive chart does not hold back many cheap ones.
//!
//! A value without clock, task or lock; the pool is its only user. Expensive pictures leave one worker to the others, wait until as much cheap
//! work went by as they take themselves, and then have their turn: so neither lane starves.

use super::estimate_correction::EstimateCorrection;
use crate::limits::Limits;
use std::collections::VecDeque;
use std::time::Duration;

/// The lane of a job: above [`Limits::render_dear`] by estimate or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Cheap,
    Expensive,
}

/// A job on a worker, or waiting for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub number: u64,
    pub lane: Lane,
    pub estimate: Duration,
}

/// A waiting job with its ticket.
#[derive(Debug)]
struct Waiting<T> {
    slot: Slot,
    ticket: T,
}

/// See the module. `T` is what calls a waiting job.
#[derive(Debug)]
pub(super) struct TwoLaneQueue<T> {
    workers: usize,
    length: usize,
    max_wait: Duration,
    expensive_above: Duration,
    cheap: VecDeque<Waiting<T>>,
    expensive: VecDeque<Waiting<T>>,
    drawing: Vec<Slot>,
    /// Jobs on workers that were given up and may still run.
    lost: Vec<Slot>,
    /// Cheap work that went by while the first expensive job waited.
    passed: Duration,
    correction: EstimateCorrection,
    next: u64,
}

impl<T> TwoLaneQueue<T> {
    pub fn new(limits: &Limits) -> Self {
        Self {
            workers: limits.render_workers,
            length: limits.render_queue_length,
            max_wait: limits.render_queue,
            expensive_above: limits.render_dear,
            cheap: VecDeque::new(),
            expensive: VecDeque::new(),
            drawing: Vec::new(),
            lost: Vec::new(),
            passed: Duration::ZERO,
            correction: EstimateCorrection::default(),
            next: 0,
        }
    }

    /// A slot for a job of this estimate, which is not in a lane yet.
    pub fn slot(&mut self, estimate: Duration) -> Slot {
        self.next += 1;
        Slot { number: self.next, lane: self.lane(estimate), estimate }
    }

    fn lane(&self, estimate: Duration) -> Lane {
        if estimate > self.expensive_above { Lane::Expensive } else { Lane::Cheap }
    }

    /// Returns the expected wait of a job. Fails where that is too long or too many wait already.
    pub fn wait(&self, estimate: Duration) -> Result<Duration, Duration> {
        let lane = self.lane(estimate);
        if self.has_worker_for(lane) && self.waiting(lane).is_empty() {
            return Ok(Duration::ZERO);
        }
        let work = |lane: &VecDeque<Waiting<T>>| lane.iter().map(|waiting| waiting.slot.estimate).sum::<Duration>();
        let ahead = self.drawing.iter().map(|slot| slot.estimate).sum::<Duration>() + work(&self.cheap);
        // Expensive pictures are passed by cheap ones, and are therefore no reason to refuse these.
        let ahead = if lane == Lane::Expensive { ahead + work(&self.expensive) } else { ahead };
        let wait = self.correction.of(ahead) / u32::try_from(self.workers).unwrap_or(u32::MAX).max(1);
        let is_full = match lane {
            Lane::Cheap => self.cheap.len() + self.expensive.len() >= self.length,
            // They leave half of the places to the others.
            Lane::Expensive => {
                self.expensive.len() >= self.length.div_ceil(2)
                    || self.cheap.len() + self.expensive.len() >= self.length
            }
        };
        if is_full || wait > self.max_wait { Err(wait) } else { Ok(wait) }
    }

    /// Puts a job at the end of its lane.
    pub fn enter(&mut self, slot: Slot, ticket: T) {
        let lane = match slot.lane {
            Lane::Cheap => &mut self.cheap,
            Lane::Expensive => &mut self.expensive,
        };
        lane.push_back(Waiting { slot, ticket });
    }

    /// Takes a job out of its lane that does not want to wait any longer.
    pub fn forget(&mut self, number: u64) {
        self.cheap.retain(|waiting| waiting.slot.number != number);
        self.expensive.retain(|waiting| waiting.slot.number != number);
    }

    /// The next job that has a worker now.
    pub fn call(&mut self) -> Option<(Slot, T)> {
        let is_turn_of_expensive = self
            .expensive
            .front()
            .is_some_and(|expensive| self.cheap.is_empty() || self.passed >= expensive.slot.estimate);
        let expensive_first = is_turn_of_expensive && self.has_worker_for(Lane::Expensive);
        let (lane, from) =
            if expensive_first { (Lane::Expensive, &mut self.expensive) } else { (Lane::Cheap, &mut self.cheap) };
        if from.is_empty() || !Self::has_worker(self.workers, &self.drawing, self.lost.len(), lane) {
            return None;
        }
        let Waiting { slot, ticket } = from.pop_front()?;
        match lane {
            Lane::Cheap if !self.expensive.is_empty() => self.passed += slot.estimate,
            _ => self.passed = Duration::ZERO,
        }
        self.drawing.push(slot);
        Some((slot, ticket))
    }

    fn has_worker_for(&self, lane: Lane) -> bool {
        Self::has_worker(self.workers, &self.drawing, self.lost.len(), lane)
    }

    fn has_worker(workers: usize, drawing: &[Slot], lost: usize, lane: Lane) -> bool {
        let expensive = drawing.iter().filter(|slot| slot.lane == Lane::Expensive).count();
        // As many are replaced as there are, so that never more than twice as many run.
        let given_up = lost.saturating_sub(workers);
        let is_free = drawing.len() + given_up < workers;
        is_free && (lane == Lane::Cheap || expensive < (workers - 1).max(1))
    }

    fn waiting(&self, lane: Lane) -> &VecDeque<Waiting<T>> {
        match lane {
            Lane::Cheap => &self.cheap,
            Lane::Expensive => &self.expensive,
        }
    }

    /// The worker of this job is free.
    pub fn leave(&mut self, number: u64) {
        self.drawing.retain(|slot| slot.number != number);
        self.lost.retain(|slot| slot.number != number);
    }

    /// A job has ended after so much time.
    pub fn record(&mut self, estimate: Duration, taken: Duration) {
        self.correction.record(estimate, taken);
    }

    /// The worker of this job is given up.
    pub fn lose(&mut self, number: u64) {
        if let Some(place) = self.drawing.iter().position(|slot| slot.number == number) {
            self.lost.push(self.drawing.swap_remove(place));
        }
    }

    /// On a worker, waiting, lost.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.drawing.len(), self.cheap.len() + self.expensive.len(), self.lost.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Duration = Duration::from_millis(1);
    const EXPENSIVE: Duration = Duration::from_millis(50);

    fn queue(workers: usize) -> TwoLaneQueue<&'static str> {
        let limits = Limits {
            render_workers: workers,
            render_queue_length: 10,
            render_queue: Duration::from_secs(1),
            render_dear: Duration::from_millis(20),
            ..Limits::default()
        };
        TwoLaneQueue::new(&limits)
    }

    fn enter(queue: &mut TwoLaneQueue<&'static str>, estimate: Duration, name: &'static str) {
        let slot = queue.slot(estimate);
        queue.enter(slot, name);
    }

    /// Calls, draws and ends one after another, on one worker.
    fn order(queue: &mut TwoLaneQueue<&'static str>) -> Vec<&'static str> {
        let one = |queue: &mut TwoLaneQueue<_>| {
            let (slot, name) = queue.call()?;
            queue.leave(slot.number);
            Some(name)
        };
        std::iter::from_fn(|| one(queue)).collect()
    }

    #[test]
    fn light_pictures_pass_a_dear_one_until_they_took_as_much_as_it_takes() {
        let mut queue = queue(1);
        enter(&mut queue, EXPENSIVE, "expensive");
        (0..60).for_each(|_| enter(&mut queue, CHEAP, "cheap"));
        let order = order(&mut queue);
        assert_eq!((order.len(), order.iter().position(|&name| name == "expensive")), (61, Some(50)));
    }

    #[test]
    fn a_dear_picture_goes_at_once_where_nothing_else_waits_and_leaves_a_worker_to_the_others() {
        let mut queue = queue(2);
        enter(&mut queue, EXPENSIVE, "one");
        enter(&mut queue, EXPENSIVE, "two");
        assert_eq!(queue.call().unwrap().1, "one");
        assert_eq!(queue.call(), None);
        assert_eq!((queue.wait(CHEAP), queue.wait(EXPENSIVE)), (Ok(Duration::ZERO), Ok(EXPENSIVE)));
        enter(&mut queue, CHEAP, "cheap");
        assert_eq!(queue.call().unwrap().1, "cheap");
    }

    #[test]
    fn n_wait_and_one_more_is_refused() {
        let mut queue = queue(1);
        enter(&mut queue, CHEAP, "drawn");
        queue.call().unwrap();
        for _ in 0..9 {
            enter(&mut queue, CHEAP, "waits");
        }
        assert_eq!(queue.wait(CHEAP), Ok(10 * CHEAP));
        enter(&mut queue, CHEAP, "waits");
        assert_eq!(queue.wait(CHEAP), Err(11 * CHEAP));
    }

    #[test]
    fn dear_pictures_fill_neither_the_places_nor_the_time_of_light_ones() {
        let mut queue = queue(1);
        enter(&mut queue, CHEAP, "drawn");
        queue.call().unwrap();
        for _ in 0..5 {
            assert!(queue.wait(19 * EXPENSIVE).is_ok() || queue.counts().1 > 0);
            enter(&mut queue, 19 * EXPENSIVE, "expensive");
        }
        assert!(queue.wait(EXPENSIVE).is_err());
        assert_eq!(queue.wait(CHEAP), Ok(CHEAP));
    }

    #[test]
    fn who_would_wait_longer_than_allowed_is_refused() {
        let mut queue = queue(1);
        let half = Duration::from_millis(500);
        enter(&mut queue, half, "drawn");
        queue.call().unwrap();
        enter(&mut queue, half, "waits");
        assert_eq!(queue.wait(half), Ok(2 * half));
        enter(&mut queue, CHEAP, "waits");
        assert_eq!(queue.wait(half), Err(2 * half + CHEAP));
    }

    #[test]
    fn where_work_takes_longer_than_estimated_it_refuses_earlier() {
        let mut queue = queue(1);
        for _ in 0..100 {
            queue.record(CHEAP, 200 * CHEAP);
        }
        for name in ["drawn", "waits", "waits", "waits", "waits", "waits", "waits", "waits"] {
            enter(&mut queue, CHEAP, name);
        }
        queue.call().unwrap();
        assert!(queue.wait(CHEAP).is_ok(), "8 ms, which is at most a hundred times as much");
        (0..3).for_each(|_| enter(&mut queue, CHEAP, "waits"));
        assert!(queue.wait(CHEAP).is_err());
    }

    #[test]
    fn a_lost_worker_is_replaced_once_and_never_more_than_there_are() {
        let mut queue = queue(1);
        for _ in 0..3 {
            enter(&mut queue, CHEAP, "endless");
        }
        let first = queue.call().unwrap().0;
        assert_eq!(queue.call(), None);
        queue.lose(first.number);
        let second = queue.call().unwrap().0;
        queue.lose(second.number);
        assert_eq!((queue.call(), queue.counts()), (None, (0, 1, 2)));
        queue.leave(first.number);
        assert!(queue.call().is_some(), "one of them came back");
    }

    #[test]
    fn who_does_not_want_to_wait_any_longer_is_not_called() {
        let mut queue = queue(1);
        let slot = queue.slot(CHEAP);
        queue.enter(slot, "gone");
        enter(&mut queue, CHEAP, "stays");
        queue.forget(slot.number);
        assert_eq!(order(&mut queue), ["stays"]);
    }
}
