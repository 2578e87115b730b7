import Glibc

/// Has the kernel run the calling thread before those of ordinary processes, when both want to: for work that is short
/// and must not wait. Where it is not permitted, nothing changes.
package func becomeUrgent() {
    // Linux takes it for the thread, not the process.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10)
}
