import Glibc

/// Nanoseconds of a kernel clock.
func now(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// When each datagram is due: every `burst` of them together, at `rate` a second on average. Deadlines are
/// absolute, so a late datagram does not delay those after it.
package struct Schedule: Equatable {
    package let rate: Double
    package let burst: UInt64

    package init(rate: Double, burst: UInt64 = 1) {
        self.rate = rate
        self.burst = burst
    }

    /// Nanoseconds after the first datagram.
    package func offset(of sequence: UInt64) -> UInt64 {
        UInt64(Double(sequence / burst * burst) * 1e9 / rate)
    }

    /// Between two wake-ups, in nanoseconds.
    package var interval: UInt64 { offset(of: burst) }
}

/// Returns at once when `deadline` (ns of CLOCK_MONOTONIC) has passed.
func sleep(until deadline: UInt64) {
    // A wake-up takes longer than this; 100,000 datagrams a second leave only 10 µs between two.
    let tooShortToSleep: UInt64 = 20_000
    while true {
        let time = now(CLOCK_MONOTONIC)
        if time >= deadline { return }
        if deadline - time > tooShortToSleep { break }
    }
    var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
}

/// Keeps what else runs on the same cores from delaying the measurement itself: bulk senders, and a processor that
/// sleeps while it has nothing to do (a virtual one may wake milliseconds later). Where it is not permitted, the
/// figures are only noisier.
func becomeRealtime() {
    var parameters = sched_param(sched_priority: 10)
    _ = sched_setscheduler(0, SCHED_FIFO, &parameters)
    // Power management's quality of service, in microseconds of wake-up, for as long as the file is open: until exit.
    let latency = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC)
    var most: Int32 = 0
    _ = write(latency, &most, MemoryLayout<Int32>.size)
}
