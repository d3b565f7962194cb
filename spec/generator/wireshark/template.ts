/** The text of the dissector, with the tables that it is given. */
import type { BusField, BusOperation, BusPlace } from "../../../src/core/capture/bus-record.ts";

type Names = readonly (readonly [number: number, name: string])[];

export interface DissectorTables {
  readonly version: number;
  readonly field: typeof BusField;
  readonly longestStep: number;
  readonly place: typeof BusPlace;
  readonly operation: typeof BusOperation;
  /** Kinds of findings. */
  readonly rules: Names;
  readonly sides: Names;
  readonly operations: Names;
  readonly places: Names;
  /** Bytes of IDR and ODR. */
  readonly commands: Names;
  readonly statusBits: readonly { readonly mask: number; readonly name: string }[];
  readonly region: readonly { readonly name: string; readonly offset: number; readonly bytes: number }[];
  readonly regionBytes: number;
  /** Of MCTP, on Linux's cooked interfaces. */
  readonly protocol: number;
  readonly messageTypes: Names;
  readonly controlCommands: Names;
  readonly completions: Names;
}

/** What a capture's comment says of a packet, as findingComment writes it. */
const COMMENT_PATTERN = "^(LPC%-[A-Z]+%-%d+) broken by the (%a+) %((%a+)%): (.*)$";

export function dissectorText(tables: DissectorTables): string {
  return `-- Shows the bus of a capture of mctp-lpc (Annex G.8 of the specification), and MCTP in a Wireshark before 4.2.
-- Made by spec/generator/wireshark from the tables of the code: change it there, and run npm run spec.
-- Use: tshark -X lua_script:mctp-lpc.lua -r bus.pcapng, or copy it into Wireshark's folder of plugins.
${busText(tables)}${findingsText(tables)}${mctpText(tables)}`;
}

function busText(tables: DissectorTables): string {
  const { field, place, operation } = tables;
  const status = tables.statusBits.map(({ mask, name }) => ({ mask, name, id: idOf(name) }));
  return `
local SIDES = ${luaTable(tables.sides)}
local OPERATIONS = ${luaTable(tables.operations)}
local PLACES = ${luaTable(tables.places)}
local COMMANDS = ${luaTable(tables.commands)}
local RULES = ${luaTable(tables.rules)}

---- The bus: link type USER0 ----

local bus = Proto("mctp_lpc", "MCTP over LPC: bus")
local fields = {
  version = ProtoField.uint8("mctp_lpc.version", "Format version"),
  side = ProtoField.uint8("mctp_lpc.side", "Side", base.DEC, SIDES),
  operation = ProtoField.uint8("mctp_lpc.operation", "Operation", base.DEC, OPERATIONS),
  place = ProtoField.uint8("mctp_lpc.place", "Place", base.DEC, PLACES),
  offset = ProtoField.uint32("mctp_lpc.offset", "Offset in the window", base.HEX),
  length = ProtoField.uint32("mctp_lpc.length", "Bytes"),
  row = ProtoField.uint32("mctp_lpc.row", "Row of the trace"),
  step = ProtoField.string("mctp_lpc.step", "Step"),
  value = ProtoField.bytes("mctp_lpc.value", "Value"),
  command = ProtoField.uint8("mctp_lpc.command", "Command", base.HEX, COMMANDS),
  str = ProtoField.uint8("mctp_lpc.str", "STR", base.HEX),
${status.map(({ id, name, mask }) => `  str_${id} = ProtoField.bool("mctp_lpc.str.${id}", "${name}", 8, nil, ${hex(mask)}),`).join("\n")}
${tables.region.map(({ name, bytes }) => `  region_${name} = ProtoField.uint${String(8 * bytes)}("mctp_lpc.region.${name}", "${name}", base.HEX_DEC),`).join("\n")}
  head = ProtoField.string("mctp_lpc.head", "Head of the trace"),
  finding = ProtoField.string("mctp_lpc.finding", "Finding"),
  requirement = ProtoField.string("mctp_lpc.requirement", "Requirement"),
  rule = ProtoField.uint8("mctp_lpc.rule", "Rule", base.DEC, RULES),
  seen = ProtoField.string("mctp_lpc.seen", "Seen"),
  expected = ProtoField.string("mctp_lpc.expected", "Expected"),
  guess = ProtoField.string("mctp_lpc.guess", "Guess"),
}
local list = {}
for _, field in pairs(fields) do table.insert(list, field) end
bus.fields = list
local bad = ProtoExpert.new("mctp_lpc.bad", "This is no record of a bus", expert.group.MALFORMED, expert.severity.ERROR)
local wire = ProtoExpert.new("mctp_lpc.broken.wire", "A rule that binds every peer is broken", expert.group.PROTOCOL, expert.severity.ERROR)
local draft = ProtoExpert.new("mctp_lpc.broken.draft", "A rule of the specification is broken", expert.group.PROTOCOL, expert.severity.WARN)
bus.experts = { bad, wire, draft }

local STATUS_BITS = { ${status.map(({ id, name, mask }) => `{ ${hex(mask)}, "str_${id}", "${name}" }`).join(", ")} }
local REGION = { ${tables.region.map(({ name, offset, bytes }) => `{ ${String(offset)}, ${String(bytes)}, "region_${name}" }`).join(", ")} }

-- What was found about each row, by the number of the frame that says so. Filled in the first pass.
local found = {}
function bus.init() found = {} end

local function nameIn(names, number)
  return names[number] or string.format("%d", number)
end

local function statusText(value)
  local set = {}
  for _, bit_ in ipairs(STATUS_BITS) do
    if bit.band(value, bit_[1]) ~= 0 then table.insert(set, bit_[3]) end
  end
  return #set == 0 and "none" or table.concat(set, ", ")
end

-- A finding in a tree, and as expert information.
local function addFinding(tree, finding)
  tree:add(fields.requirement, finding.requirement):set_generated()
  local item = tree:add(fields.finding, finding.text)
  item:set_generated()
  item:add_proto_expert_info(finding.rule == "wire" and wire or draft, finding.text)
end

-- Counted texts behind the kind of a finding; nil where the record is damaged.
local function textsOf(buffer, at, count)
  local texts = {}
  for _ = 1, count do
    if at + 2 > buffer:len() then return nil end
    local length = buffer(at, 2):uint()
    if at + 2 + length > buffer:len() then return nil end
    table.insert(texts, { length > 0 and buffer(at + 2, length):string(ENC_UTF_8) or "", buffer(at, 2 + length) })
    at = at + 2 + length
  end
  return texts
end

local function dissectFinding(buffer, at, pinfo, root, side, row)
  local texts = at < buffer:len() and textsOf(buffer, at + 1, 4)
  if not texts then
    root:add_proto_expert_info(bad)
    pinfo.cols.info = "damaged finding"
    return
  end
  local rule = RULES[buffer(at, 1):uint()] or "draft"
  local guess = texts[4][1]
  root:add(fields.rule, buffer(at, 1))
  root:add(fields.seen, texts[2][2], texts[2][1])
  root:add(fields.expected, texts[3][2], texts[3][1])
  if guess ~= "" then root:add(fields.guess, texts[4][2], guess) end
  local requirement = texts[1][1]
  local text = requirement .. " broken by the " .. nameIn(SIDES, side) .. " (" .. rule .. "): " .. texts[2][1] ..
    ", expected " .. texts[3][1] .. (guess ~= "" and " (" .. guess .. ")" or "")
  local finding = { requirement = requirement, rule = rule, text = text }
  addFinding(root, finding)
  found[row] = found[row] or {}
  found[row][pinfo.number] = finding
  pinfo.cols.info = text
end

local function dissectAccess(buffer, at, root, where)
  local left = buffer:len() - at
  if where == ${String(place.WINDOW)} then
    local offset = buffer(${String(field.OFFSET)}, 4):uint()
    if offset < ${String(tables.regionBytes)} then
      for _, field in ipairs(REGION) do
        local start = field[1] - offset
        if start >= 0 and start + field[2] <= left then root:add(fields[field[3]], buffer(at + start, field[2])) end
      end
    end
    return string.format(" 0x%x, %d bytes", offset, buffer(${String(field.LENGTH)}, 4):uint())
  end
  if left == 0 then return "" end
  local value = buffer(at, 1):uint()
  if where == ${String(place.STR)} then
    local item = root:add(fields.str, buffer(at, 1))
    for _, bit_ in ipairs(STATUS_BITS) do item:add(fields[bit_[2]], buffer(at, 1)) end
    return " = " .. statusText(value)
  end
  if where == ${String(place.IDR)} or where == ${String(place.ODR)} then
    root:add(fields.command, buffer(at, 1))
    return string.format(" = %02x %s", value, COMMANDS[value] or "unknown")
  end
  return ""
end

function bus.dissector(buffer, pinfo, tree)
  pinfo.cols.protocol = "LPC"
  local root = tree:add(bus, buffer())
  local size = buffer:len()
  local step = size >= ${String(field.STEP)} and buffer(${String(field.STEP_BYTES)}, 1):uint() or 0
  if size < ${String(field.STEP)} or buffer(${String(field.VERSION)}, 1):uint() ~= ${String(tables.version)} or step > ${String(tables.longestStep)} or ${String(field.STEP)} + step > size then
    root:add_proto_expert_info(bad)
    pinfo.cols.info = "no record of a bus"
    return size
  end
  local side, operation, place = buffer(${String(field.SIDE)}, 1), buffer(${String(field.OPERATION)}, 1), buffer(${String(field.PLACE)}, 1)
  root:add(fields.version, buffer(${String(field.VERSION)}, 1))
  root:add(fields.side, side)
  root:add(fields.operation, operation)
  root:add(fields.place, place)
  root:add(fields.offset, buffer(${String(field.OFFSET)}, 4))
  root:add(fields.length, buffer(${String(field.LENGTH)}, 4))
  root:add(fields.row, buffer(${String(field.ROW)}, 4))
  if step > 0 then root:add(fields.step, buffer(${String(field.STEP)}, step)) end
  local at = ${String(field.STEP)} + step
  local row = buffer(${String(field.ROW)}, 4):uint()
  if operation:uint() == ${String(operation.HEAD)} then
    if size > at then root:add(fields.head, buffer(at, size - at)) end
    pinfo.cols.info = "the trace begins"
    return size
  end
  if operation:uint() == ${String(operation.FINDING)} then
    dissectFinding(buffer, at, pinfo, root, side:uint(), row)
    return size
  end
  local where = place:uint()
  local info = nameIn(SIDES, side:uint()) .. " " .. nameIn(OPERATIONS, operation:uint())
  if where ~= ${String(place.NONE)} then info = info .. " " .. nameIn(PLACES, where) end
  if size > at then root:add(fields.value, buffer(at, size - at)) end
  info = info .. dissectAccess(buffer, at, root, where)
  if step > 0 then info = info .. " (" .. buffer(${String(field.STEP)}, step):string() .. ")" end
  for _, finding in pairs(found[row] or {}) do
    addFinding(root, finding)
    info = info .. " [" .. finding.requirement .. "]"
  end
  pinfo.cols.info = info
  return size
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, bus)
`;
}

function findingsText({ rules }: DissectorTables): string {
  return `
---- What was found of an MCTP packet: in its comments, whichever dissector shows the packet ----

local packet = Proto("mctp_lpc_packet", "MCTP over LPC: findings of the packet")
local comments = Field.new("frame.comment")
local KINDS = { ${rules.map(([, name]) => `${name} = true`).join(", ")} }

function packet.dissector(buffer, pinfo, tree)
  local root
  for _, comment in ipairs({ comments() }) do
    local text = tostring(comment.value)
    local requirement, _, rule = text:match("${COMMENT_PATTERN}")
    if requirement and KINDS[rule] then
      root = root or tree:add(packet)
      addFinding(root, { requirement = requirement, rule = rule, text = text })
      pinfo.cols.info:append(" [" .. requirement .. "]")
    end
  end
end

register_postdissector(packet)
`;
}

function mctpText(tables: DissectorTables): string {
  return `
---- MCTP, where this Wireshark does not know it: with the names that later ones have ----

-- A version that knows it has a dissector for its protocol number; by its name not every version gives it.
local ethertypes = DissectorTable.get("sll.ltype")
if ethertypes:get_dissector(${hex(tables.protocol)}) == nil then
  local TYPES = ${luaTable(tables.messageTypes)}
  local CONTROL = ${luaTable(tables.controlCommands)}
  local COMPLETIONS = ${luaTable(tables.completions)}

  local mctp = Proto("mctp", "Management Component Transport Protocol")
  local m = {
    version = ProtoField.uint8("mctp.version", "Version", base.DEC, nil, 0x0f),
    dst = ProtoField.uint8("mctp.dst", "Destination"),
    src = ProtoField.uint8("mctp.src", "Source"),
    flags = ProtoField.uint8("mctp.flags", "Flags", base.HEX, nil, 0xc0),
    som = ProtoField.bool("mctp.flags.som", "Start of message", 8, nil, 0x80),
    eom = ProtoField.bool("mctp.flags.eom", "End of message", 8, nil, 0x40),
    seq = ProtoField.uint8("mctp.seq", "Sequence", base.HEX, nil, 0x30),
    tag = ProtoField.uint8("mctp.tag", "Tag", base.HEX, nil, 0x0f),
    to = ProtoField.bool("mctp.tag.to", "Tag owner", 8, nil, 0x08),
    tag_value = ProtoField.uint8("mctp.tag.value", "Tag value", base.HEX, nil, 0x07),
    ic = ProtoField.bool("mctp.msg.ic", "Integrity check", 8, nil, 0x80),
    type = ProtoField.uint8("mctp.msg.type", "Message type", base.HEX, TYPES, 0x7f),
  }
  local control = Proto("mctpc", "MCTP Control Protocol")
  local c = {
    rq = ProtoField.bool("mctpc.rq", "Rq", 8, nil, 0x80),
    datagram = ProtoField.bool("mctpc.d", "Datagram", 8, nil, 0x40),
    instance = ProtoField.uint8("mctpc.instance", "Instance ID", base.HEX, nil, 0x1f),
    command = ProtoField.uint8("mctpc.command", "Command", base.HEX, CONTROL),
    completion = ProtoField.uint8("mctpc.cc", "Completion code", base.HEX, COMPLETIONS),
    data = ProtoField.bytes("mctpc.data", "Data"),
  }
  local function listOf(fields_)
    local all = {}
    for _, field in pairs(fields_) do table.insert(all, field) end
    return all
  end
  mctp.fields = listOf(m)
  control.fields = listOf(c)
  local short = ProtoExpert.new("mctp.short", "Shorter than a header", expert.group.MALFORMED, expert.severity.ERROR)
  mctp.experts = { short }

  local function dissectControl(buffer, tree)
    if buffer:len() < 3 then return "" end
    local root = tree:add(control, buffer(1))
    for _, field in ipairs({ c.rq, c.datagram, c.instance }) do root:add(field, buffer(1, 1)) end
    root:add(c.command, buffer(2, 1))
    local isRequest = buffer(1, 1):bitfield(0, 1) == 1
    local info = ": " .. nameIn(CONTROL, buffer(2, 1):uint()) .. (isRequest and " request" or " response")
    local at = 3
    if not isRequest and buffer:len() > at then
      root:add(c.completion, buffer(at, 1))
      info = info .. ", " .. nameIn(COMPLETIONS, buffer(at, 1):uint())
      at = at + 1
    end
    if buffer:len() > at then root:add(c.data, buffer(at)) end
    return info
  end

  function mctp.dissector(buffer, pinfo, tree)
    pinfo.cols.protocol = "MCTP"
    local size = buffer:len()
    local root = tree:add(mctp, buffer())
    if size < 4 then
      root:add_proto_expert_info(short)
      return size
    end
    root:add(m.version, buffer(0, 1))
    root:add(m.dst, buffer(1, 1))
    root:add(m.src, buffer(2, 1))
    for _, field in ipairs({ m.flags, m.som, m.eom, m.seq, m.tag, m.to, m.tag_value }) do root:add(field, buffer(3, 1)) end
    local info = string.format("%d -> %d", buffer(2, 1):uint(), buffer(1, 1):uint())
    local starts = buffer(3, 1):bitfield(0, 1) == 1
    if starts and size > 4 then
      root:add(m.ic, buffer(4, 1))
      root:add(m.type, buffer(4, 1))
      local kind = buffer(4, 1):bitfield(1, 7)
      info = info .. ", " .. (TYPES[kind] or string.format("type 0x%02x", kind))
      if kind == 0 then info = info .. dissectControl(buffer(4):tvb(), tree) end
    elseif not starts then
      info = info .. ", goes on"
    end
    pinfo.cols.info = info
    return size
  end

  ethertypes:add(${hex(tables.protocol)}, mctp)
end
`;
}

function luaTable(names: Names): string {
  return `{ ${names.map(([number, name]) => `[${String(number)}] = ${JSON.stringify(name)}`).join(", ")} }`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** "BMC Active" as part of the name of a filter: "bmc_active". */
function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}
