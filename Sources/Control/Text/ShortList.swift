extension [String] {
    /// The first of them and how many more there are: thousands of ports are no line to read.
    var shortList: String { prefix(8).joined(separator: ", ") + (count > 8 ? " and \(count - 8) more" : "") }
}
