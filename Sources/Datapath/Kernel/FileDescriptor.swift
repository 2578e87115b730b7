import Glibc

/// An open descriptor, closed when its owner goes.
package struct FileDescriptor: ~Copyable, Sendable {
    package let raw: Int32

    package init(_ raw: Int32) { self.raw = raw }

    deinit { if raw >= 0 { close(raw) } }
}

/// The error number of a failed libbpf call, which libbpf 1.x returns negative and leaves in `errno`.
func failure(_ code: Int32) -> Int32 { code < -1 ? -code : errno }
