# From bayplan's findings to annotations beside the lines of the file:
#   FILE:LINE:COLUMN: error[CODE] PATH
#     cause: …
#     remedy: …
function escaped(text) { gsub(/%/, "%25", text); gsub(/\r/, "%0D", text); return text }
function property(text) { text = escaped(text); gsub(/:/, "%3A", text); gsub(/,/, "%2C", text); return text }
function flush() {
  if (kind != "") print "::" kind " file=" file ",line=" line ",col=" column ",title=" title "::" escaped(message)
  kind = ""
}
match($0, /^.+:[0-9]+:[0-9]+: (error|warning)\[[A-Z0-9]+\]/) {
  flush()
  head = substr($0, 1, RLENGTH)
  path = substr($0, RLENGTH + 2)
  count = split(head, parts, ":")
  column = parts[count - 1]
  line = parts[count - 2]
  file = parts[1]
  for (i = 2; i < count - 2; i++) file = file ":" parts[i]
  file = property(file)
  label = parts[count]
  kind = label ~ /error/ ? "error" : "warning"
  gsub(/^ (error|warning)\[|\]$/, "", label)
  title = property(label " " path)
  message = ""
  next
}
kind != "" && /^  (cause|remedy): / {
  text = $0
  sub(/^  (cause|remedy): /, "", text)
  message = message == "" ? text : message " (" text ")"
  next
}
{ flush() }
END { flush() }
