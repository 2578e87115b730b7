import Yams

/// The file's YAML as nodes with places.
///
/// Duplicate keys end Yams' work at the first. So that a person sees all complaints at once, the earlier of the two is
/// renamed with a private-use character, the text is composed again, and the section reader tells both places.
struct Document {
    let root: Node
    let report: Report
    /// What the renamed keys were called, by place.
    private let renamed: [Place: String]

    /// Files with more duplicate keys than this are refused at once.
    private static let mostRenames = 20

    /// nil, and reported, if the text is no single YAML document, or has aliases.
    init?(_ text: String, report: Report) {
        self.report = report
        // libyaml reads the text in place, and a string this short has no place in memory: Yams would read garbage.
        var text = text.utf8.count < 16 ? text + String(repeating: "\n", count: 16) : text
        text.makeContiguousUTF8()
        if let alias = Alias.first(in: text) {
            report.error(
                alias.place, "the alias \(quoted("*" + alias.name)) is not taken",
                remedy: "write the value out: a policy says everything in its place")
            return nil
        }
        var renamed: [Place: String] = [:]
        while true {
            do {
                guard let node = try Yams.compose(yaml: text, .basic) else {
                    report.error(
                        Place(line: 1, column: 1), "the file is empty", remedy: "begin with apiVersion: shaper/v1")
                    return nil
                }
                root = node
                self.renamed = renamed
                return
            } catch {
                if renamed.count < Self.mostRenames, Self.rename(error, in: &text, &renamed) { continue }
                let complaint = YamlComplaint(error, in: text)
                report.error(complaint.place, complaint.message, remedy: complaint.remedy)
                return nil
            }
        }
    }

    /// The key as the file has it.
    func key(_ node: Node) -> String? { renamed[node.place] ?? node.scalar?.string }

    private static func rename(_ error: any Error, in text: inout String, _ renamed: inout [Place: String]) -> Bool {
        guard case .duplicatedKeysInMapping(let names, let context)? = error as? YamlError,
            let name = names.first, let first = name.unicodeScalars.first,
            let start = text.index(of: context.mark.place),
            let standIn = Unicode.Scalar(0xE000 + UInt32(renamed.count))
        else { return false }
        // The place of a quoted key is its quote. A key written in any other way (escapes, tags) is left alone.
        let scalars = text.unicodeScalars
        guard let index = scalars[start...].prefix(2).firstIndex(of: first),
            index == start || scalars[start] == "\"" || scalars[start] == "'",
            renamed.updateValue(name, forKey: context.mark.place) == nil
        else { return false }
        text.unicodeScalars.replaceSubrange(index...index, with: CollectionOfOne(standIn))
        return true
    }
}
