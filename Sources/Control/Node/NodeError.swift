/// What a command could not do, in the user's words.
package struct NodeError: Error, CustomStringConvertible, Sendable {
    package var message: String
    /// What the user can do about it.
    package var remedy: String?

    package init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }

    static func nothingInForce(_ node: String) -> NodeError {
        NodeError("no policy is in force on \(node)", remedy: "shaperctl apply POLICY")
    }

    package var description: String { message }
}
