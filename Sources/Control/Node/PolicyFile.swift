import Foundation
import Policy
import SystemPackage

/// The text of a policy file, and what to call it.
package struct PolicyFile: Sendable, Equatable {
    /// As the user named it: what complaints begin with.
    package var name: String
    /// Where it is, whatever the directory of who asks later.
    package var path: String
    package var text: String

    /// The longest file, in bytes. The largest sensible policy, with 4,096 slices and 10,000 rules, has about 2 MiB.
    static let limit = 16 << 20

    /// - Parameter name: a path; `-` is standard input.
    package init(reading name: String) throws {
        let isInput = name == "-"
        self.name = isInput ? "standard input" : name
        path = isInput ? self.name : URL(filePath: name).standardizedFileURL.path(percentEncoded: false)
        let bytes = try Self.bytes(of: isInput ? .standardInput : Self.open(name), named: self.name)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NodeError("\(self.name) is not UTF-8 text", remedy: "save it as UTF-8")
        }
        self.text = text
    }

    private static func open(_ name: String) throws -> FileHandle {
        do {
            let descriptor = try FileDescriptor.open(FilePath(name), .readOnly, options: .closeOnExec)
            return FileHandle(fileDescriptor: descriptor.rawValue, closeOnDealloc: true)
        } catch let error as Errno {
            throw NodeError("\(name): \(error)")
        }
    }

    private static func bytes(of handle: FileHandle, named name: String) throws -> Data {
        guard try FileDescriptor(rawValue: handle.fileDescriptor).stat().type != .directory else {
            throw NodeError("\(name) is a directory", remedy: "name the policy file in it")
        }
        var bytes = Data()
        while let more = try handle.read(upToCount: 1 << 20), !more.isEmpty {
            bytes += more
            guard bytes.count <= limit else {
                throw NodeError("\(name) is longer than \(limit >> 20) MiB: this is no policy file")
            }
        }
        return bytes
    }
}

/// A policy file without errors: what it says, and what to warn of. Reading a large one takes a good part of a second,
/// so it is read once, and this handed on.
package struct CheckedPolicy: Sendable {
    package let file: PolicyFile
    package let policy: Policy
    package let warnings: [Diagnostic]

    /// - Throws: `InvalidPolicy`.
    package init(_ file: PolicyFile) throws {
        let outcome = PolicyParser.parse(file.text)
        guard let policy = outcome.policy else {
            throw InvalidPolicy(file: file.name, diagnostics: outcome.diagnostics)
        }
        self.file = file
        self.policy = policy
        warnings = outcome.diagnostics
    }
}

/// A policy file with errors, and where they are.
package struct InvalidPolicy: Error, CustomStringConvertible {
    package var file: String
    package var diagnostics: [Diagnostic]

    package var description: String { diagnostics.map { $0.text(file: file) }.joined(separator: "\n") }
}
