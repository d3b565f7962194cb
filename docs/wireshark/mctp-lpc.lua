-- Shows the bus of a capture of mctp-lpc (Annex G.8 of the specification), and MCTP in a Wireshark before 4.2.
-- Made by spec/generator/wireshark from the tables of the code: change it there, and run npm run spec.
-- Use: tshark -X lua_script:mctp-lpc.lua -r bus.pcapng, or copy it into Wireshark's folder of plugins.

local SIDES = { [0] = "host", [1] = "BMC", [2] = "outside" }
local OPERATIONS = { [0] = "reads", [1] = "writes", [16] = "starts", [17] = "is asked to stop", [18] = "has stopped", [32] = "records", [48] = "broke" }
local PLACES = { [0] = "window", [1] = "STR", [2] = "IDR", [3] = "ODR", [255] = "NONE" }
local COMMANDS = { [0] = "Initialise", [1] = "Tx Begin", [2] = "Rx Complete", [255] = "Dummy" }
local RULES = { [0] = "wire", [1] = "draft" }

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
  str_bmc_active = ProtoField.bool("mctp_lpc.str.bmc_active", "BMC Active", 8, nil, 0x80),
  str_channel_active = ProtoField.bool("mctp_lpc.str.channel_active", "Channel Active", 8, nil, 0x40),
  str_c_d = ProtoField.bool("mctp_lpc.str.c_d", "C/D", 8, nil, 0x8),
  str_ibf = ProtoField.bool("mctp_lpc.str.ibf", "IBF", 8, nil, 0x2),
  str_obf = ProtoField.bool("mctp_lpc.str.obf", "OBF", 8, nil, 0x1),
  region_magic = ProtoField.uint32("mctp_lpc.region.magic", "magic", base.HEX_DEC),
  region_bmc_ver_min = ProtoField.uint16("mctp_lpc.region.bmc_ver_min", "bmc_ver_min", base.HEX_DEC),
  region_bmc_ver_cur = ProtoField.uint16("mctp_lpc.region.bmc_ver_cur", "bmc_ver_cur", base.HEX_DEC),
  region_host_ver_min = ProtoField.uint16("mctp_lpc.region.host_ver_min", "host_ver_min", base.HEX_DEC),
  region_host_ver_cur = ProtoField.uint16("mctp_lpc.region.host_ver_cur", "host_ver_cur", base.HEX_DEC),
  region_negotiated_ver = ProtoField.uint16("mctp_lpc.region.negotiated_ver", "negotiated_ver", base.HEX_DEC),
  region_pad = ProtoField.uint16("mctp_lpc.region.pad", "pad", base.HEX_DEC),
  region_rx_offset = ProtoField.uint32("mctp_lpc.region.rx_offset", "rx_offset", base.HEX_DEC),
  region_rx_size = ProtoField.uint32("mctp_lpc.region.rx_size", "rx_size", base.HEX_DEC),
  region_tx_offset = ProtoField.uint32("mctp_lpc.region.tx_offset", "tx_offset", base.HEX_DEC),
  region_tx_size = ProtoField.uint32("mctp_lpc.region.tx_size", "tx_size", base.HEX_DEC),
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

local STATUS_BITS = { { 0x80, "str_bmc_active", "BMC Active" }, { 0x40, "str_channel_active", "Channel Active" }, { 0x8, "str_c_d", "C/D" }, { 0x2, "str_ibf", "IBF" }, { 0x1, "str_obf", "OBF" } }
local REGION = { { 0, 4, "region_magic" }, { 4, 2, "region_bmc_ver_min" }, { 6, 2, "region_bmc_ver_cur" }, { 8, 2, "region_host_ver_min" }, { 10, 2, "region_host_ver_cur" }, { 12, 2, "region_negotiated_ver" }, { 14, 2, "region_pad" }, { 16, 4, "region_rx_offset" }, { 20, 4, "region_rx_size" }, { 24, 4, "region_tx_offset" }, { 28, 4, "region_tx_size" } }

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
  if where == 0 then
    local offset = buffer(4, 4):uint()
    if offset < 32 then
      for _, field in ipairs(REGION) do
        local start = field[1] - offset
        if start >= 0 and start + field[2] <= left then root:add(fields[field[3]], buffer(at + start, field[2])) end
      end
    end
    return string.format(" 0x%x, %d bytes", offset, buffer(8, 4):uint())
  end
  if left == 0 then return "" end
  local value = buffer(at, 1):uint()
  if where == 1 then
    local item = root:add(fields.str, buffer(at, 1))
    for _, bit_ in ipairs(STATUS_BITS) do item:add(fields[bit_[2]], buffer(at, 1)) end
    return " = " .. statusText(value)
  end
  if where == 2 or where == 3 then
    root:add(fields.command, buffer(at, 1))
    return string.format(" = %02x %s", value, COMMANDS[value] or "unknown")
  end
  return ""
end

function bus.dissector(buffer, pinfo, tree)
  pinfo.cols.protocol = "LPC"
  local root = tree:add(bus, buffer())
  local size = buffer:len()
  local step = size >= 17 and buffer(16, 1):uint() or 0
  if size < 17 or buffer(0, 1):uint() ~= 1 or step > 64 or 17 + step > size then
    root:add_proto_expert_info(bad)
    pinfo.cols.info = "no record of a bus"
    return size
  end
  local side, operation, place = buffer(1, 1), buffer(2, 1), buffer(3, 1)
  root:add(fields.version, buffer(0, 1))
  root:add(fields.side, side)
  root:add(fields.operation, operation)
  root:add(fields.place, place)
  root:add(fields.offset, buffer(4, 4))
  root:add(fields.length, buffer(8, 4))
  root:add(fields.row, buffer(12, 4))
  if step > 0 then root:add(fields.step, buffer(17, step)) end
  local at = 17 + step
  local row = buffer(12, 4):uint()
  if operation:uint() == 32 then
    if size > at then root:add(fields.head, buffer(at, size - at)) end
    pinfo.cols.info = "the trace begins"
    return size
  end
  if operation:uint() == 48 then
    dissectFinding(buffer, at, pinfo, root, side:uint(), row)
    return size
  end
  local where = place:uint()
  local info = nameIn(SIDES, side:uint()) .. " " .. nameIn(OPERATIONS, operation:uint())
  if where ~= 255 then info = info .. " " .. nameIn(PLACES, where) end
  if size > at then root:add(fields.value, buffer(at, size - at)) end
  info = info .. dissectAccess(buffer, at, root, where)
  if step > 0 then info = info .. " (" .. buffer(17, step):string() .. ")" end
  for _, finding in pairs(found[row] or {}) do
    addFinding(root, finding)
    info = info .. " [" .. finding.requirement .. "]"
  end
  pinfo.cols.info = info
  return size
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, bus)

---- What was found of an MCTP packet: in its comments, whichever dissector shows the packet ----

local packet = Proto("mctp_lpc_packet", "MCTP over LPC: findings of the packet")
local comments = Field.new("frame.comment")
local KINDS = { wire = true, draft = true }

function packet.dissector(buffer, pinfo, tree)
  local root
  for _, comment in ipairs({ comments() }) do
    local text = tostring(comment.value)
    local requirement, _, rule = text:match("^(LPC%-[A-Z]+%-%d+) broken by the (%a+) %((%a+)%): (.*)$")
    if requirement and KINDS[rule] then
      root = root or tree:add(packet)
      addFinding(root, { requirement = requirement, rule = rule, text = text })
      pinfo.cols.info:append(" [" .. requirement .. "]")
    end
  end
end

register_postdissector(packet)

---- MCTP, where this Wireshark does not know it: with the names that later ones have ----

-- A version that knows it has a dissector for its protocol number; by its name not every version gives it.
local ethertypes = DissectorTable.get("sll.ltype")
if ethertypes:get_dissector(0xfa) == nil then
  local TYPES = { [0] = "MCTP control", [1] = "PLDM", [2] = "NC-SI", [3] = "Ethernet", [4] = "NVMe-MI", [5] = "SPDM", [6] = "secured messages", [126] = "vendor (PCI)", [127] = "vendor (IANA)" }
  local CONTROL = { [1] = "Set Endpoint ID", [2] = "Get Endpoint ID", [3] = "Get Endpoint UUID", [4] = "Get MCTP Version Support", [5] = "Get Message Type Support", [6] = "Get Vendor Defined Message Support", [7] = "Resolve Endpoint ID", [8] = "Allocate Endpoint IDs", [9] = "Routing Information Update", [10] = "Get Routing Table Entries", [11] = "Prepare for Endpoint Discovery", [12] = "Endpoint Discovery", [13] = "Discovery Notify", [14] = "Get Network ID", [15] = "Query Hop", [16] = "Resolve UUID", [17] = "Query Rate Limit", [18] = "Request TX Rate Limit", [19] = "Update Rate Limit", [20] = "Query Supported Interfaces" }
  local COMPLETIONS = { [0] = "success", [1] = "error", [2] = "invalid data", [3] = "invalid length", [4] = "not ready", [5] = "unsupported command" }

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

  ethertypes:add(0xfa, mctp)
end
