import Foundation
import Synchronization

struct SystemCallFailure: Error, CustomStringConvertible {
    var operation: String
    var code: Int32 = errno
    var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

/// Throws what `errno` says when a system call failed.
@discardableResult
func check(_ result: Int32, _ operation: String) throws -> Int32 {
    guard result >= 0 else { throw SystemCallFailure(operation: operation) }
    return result
}

/// Does something in a host's network namespace: a socket stays in the namespace it was made in. On a thread of
/// its own, for a namespace belongs to a thread, and this one's is not ours to change.
func inNamespace<Value: Sendable>(of host: Host, _ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        let result = Result { () throws -> Value in
            let namespace = try check(open(host.namespacePath, O_RDONLY | O_CLOEXEC), host.namespacePath)
            defer { close(namespace) }
            try check(setns(namespace, 0x4000_0000), "setns")  // CLONE_NEWNET
            return try body()
        }
        outcome.value.withLock { $0 = result }
        done.signal()
    }
    done.wait()
    return try outcome.value.withLock { try $0!.get() }
}

/// setns(2), which the Glibc module leaves out with all that is GNU's own.
private func setns(_ descriptor: Int32, _ kind: Int32) -> Int32 {
    typealias Function = @convention(c) (Int32, Int32) -> Int32
    return unsafeBitCast(dlsym(nil, "setns"), to: Function.self)(descriptor, kind)
}

private final class Outcome<Value: Sendable>: Sendable {
    let value = Mutex<Result<Value, any Error>?>(nil)
}
