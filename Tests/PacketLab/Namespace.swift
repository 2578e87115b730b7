import Foundation
import Glibc

@testable import Datapath

/// Whether tests may make network namespaces. In CI they must: there they run, and fail, without the right.
let mayMakeNamespaces = geteuid() == 0 || ProcessInfo.processInfo.environment["CI"] != nil

/// Puts the calling thread, and the commands it starts, into a network namespace that ends with the process. Only
/// for exit tests: a namespace belongs to a thread, and the test runner's threads are everybody's.
func enterNewNamespace() throws {
    // Glibc declares unshare() only for those who ask for GNU extensions, which Swift does not.
    let newNetwork: Int32 = 0x4000_0000
    let unshare = unsafeBitCast(dlsym(nil, "unshare"), to: (@convention(c) (Int32) -> Int32).self)
    guard unshare(newNetwork) == 0 else {
        throw KernelError(operation: "make", subject: "a network namespace", errno: errno)
    }
}

struct CommandFailure: Error { var command: String, output: String }

/// Runs a shell command in the calling thread's network namespace and returns what it printed.
@discardableResult
func run(_ command: String) throws -> String {
    guard let pipe = popen("exec 2>&1; \(command)", "r") else {
        throw CommandFailure(command: command, output: "popen")
    }
    var output: [UInt8] = []
    var byte = fgetc(pipe)
    while byte != EOF {
        output.append(UInt8(truncatingIfNeeded: byte))
        byte = fgetc(pipe)
    }
    let text = String(decoding: output, as: UTF8.self)
    guard pclose(pipe) == 0 else { throw CommandFailure(command: command, output: text) }
    return text
}

/// Waits for something that the kernel does by itself, at most half a minute.
func eventually(_ condition: () throws -> Bool) throws -> Bool {
    for _ in 0..<3000 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}
