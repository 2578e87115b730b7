import CBPF
import Dispatch
import Foundation
import Synchronization

/// Runs `body` in a network namespace that nobody else sees and that ends with it: what is made there is gone
/// afterwards, and nothing of the machine's is touched.
///
/// A namespace belongs to a thread, so this takes a thread of its own: one that the Swift runtime owns would carry the
/// namespace on to somebody else's work.
func inScratchNamespace<Value: Sendable>(
    _ body: @escaping @Sendable () throws(KernelError) -> Value
) throws(KernelError) -> Value {
    let outcome = Outcome<Value>()
    Thread.detachNewThread {
        outcome.set(
            Result { () throws(KernelError) in
                let code = shaper_leave_network()
                guard code == 0 else {
                    throw KernelError(operation: "make", subject: "a network namespace", errno: -code)
                }
                return try body()
            })
    }
    return try outcome.wait().get()
}

private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, KernelError>?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ result: Result<Value, KernelError>) {
        self.result.withLock { $0 = result }
        isSet.signal()
    }

    func wait() -> Result<Value, KernelError> {
        isSet.wait()
        return result.withLock { $0! }
    }
}
