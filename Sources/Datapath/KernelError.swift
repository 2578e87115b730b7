import CBPF

/// What the kernel refused: reads as "could not add queue class 5348:110: Invalid argument (parent is no class)".
package struct KernelError: Error, Equatable, CustomStringConvertible {
    /// What was tried, as a verb: "add", "load program".
    package var operation: String
    /// What it was tried on: "queue class 5348:110 of interface 4", "map slices".
    package var subject: String
    /// As in `errno.h`, positive.
    package var errno: Int32
    /// More about the cause, where the kernel or the caller has it.
    package var detail: String?

    package init(operation: String, subject: String, errno: Int32, detail: String? = nil) {
        self.operation = operation
        self.subject = subject
        self.errno = errno
        self.detail = detail
    }

    package var description: String {
        let reason = shaper_error_text(errno).map { String(cString: $0) } ?? "error \(errno)"
        let more = detail.map { " (\($0))" } ?? ""
        return "could not \(operation) \(subject): \(reason)\(more)"
    }
}
