import Glibc

/// Puts `draft` in the place of the file at `path`: readers find the one or the other, whole.
package func replaceFile(at path: String, by draft: String) throws(KernelError) {
    guard rename(draft, path) == 0 else { throw KernelError(operation: "replace", subject: path, errno: errno) }
}
