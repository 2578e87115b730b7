import CBPF
import Glibc

extension InterfaceFacts {
    /// How many transmit queues the kernel uses in the calling thread's network namespace. `txQueues` counts those the
    /// driver could have: a veth has two, and uses one. (`/sys/class/net` would know, but of the namespace it was
    /// mounted in.)
    package func transmitQueues() throws(KernelError) -> Int {
        guard txQueues > 1 else { return 1 }
        var count: UInt32 = 0
        let outcome = shaper_transmit_queues(name, &count)
        // A driver that cannot say cannot be told to change it either, and gets what always works.
        guard outcome != -EOPNOTSUPP else { return 1 }
        guard outcome == 0 else {
            throw KernelError(operation: "count", subject: "transmit queues of interface \(name)", errno: -outcome)
        }
        return Int(max(min(count, txQueues), 1))
    }
}
