import Glibc

/// The machine's groups.
package enum Group {
    /// nil: there is none of that name.
    package static func number(of name: String) -> UInt32? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        // A group has as many members as it likes.
        for size in [1 << 12, 1 << 16, 1 << 20] {
            var buffer = [CChar](repeating: 0, count: size)
            let code = getgrnam_r(name, &entry, &buffer, size, &found)
            if code == ERANGE { continue }
            return found == nil ? nil : entry.gr_gid
        }
        return nil
    }
}
