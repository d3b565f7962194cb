-- Shows the bus of a capture of mctp-lpc (Annex G.8 of the specification), and MCTP in a Wireshark before 4.2.
-- Made by spec/generator/wireshark from the tables of the code: change it there, and run npm run spec.
-- Use: tshark -X lua_script:mctp-lpc.lua -r bus.pcapng, or copy it into Wireshark's folder of plugins.

local SIDES = { [0] = "host", [1] = "BMC", [2] = "outside" }
local OPERATIONS = { [0] = "reads", [1] = "writes", [16] = "starts", [17] = "is asked to stop", [18] = "has stopped" }
local PLACES = { [0] = "window", [1] = "STR", [2] = "IDR", [3] = "ODR", [255] = "NONE" }
local COMMANDS = { [0] = "Initialise", [1] = "Tx Begin", [2] = "Rx Complete", [255] = "Dummy" }

---- The bus: link type USER0 ----

local bus = Proto("mctplpc", "MCTP over LPC: bus")
local fields = {
  version = ProtoField.uint8("mctplpc.version", "Format version"),
  side = ProtoField.uint8("mctplpc.side", "Side", base.DEC, SIDES),
  operation = ProtoField.uint8("mctplpc.operation", "Operation", base.DEC, OPERATIONS),
  place = ProtoField.uint8("mctplpc.place", "Place", base.DEC, PLACES),
  offset = ProtoField.uint32("mctplpc.offset", "Offset in the window", base.HEX),
  length = ProtoField.uint32("mctplpc.length", "Bytes accessed"),
  row = ProtoField.uint32("mctplpc.row", "Row of the trace"),
  step = ProtoField.string("mctplpc.step", "Step"),
  value = ProtoField.bytes("mctplpc.value", "Value"),
  command = ProtoField.uint8("mctplpc.command", "Command", base.HEX, COMMANDS),
  str = ProtoField.uint8("mctplpc.str", "STR", base.HEX),
  str_bmc_active = ProtoField.bool("mctplpc.str.bmc_active", "BMC Active", 8, nil, 0x80),
  str_channel_active = ProtoField.bool("mctplpc.str.channel_active", "Channel Active", 8, nil, 0x40),
  str_c_d = ProtoField.bool("mctplpc.str.c_d", "C/D", 8, nil, 0x8),
  str_ibf = ProtoField.bool("mctplpc.str.ibf", "IBF", 8, nil, 0x2),
  str_obf = ProtoField.bool("mctplpc.str.obf", "OBF", 8, nil, 0x1),
  region_magic = ProtoField.uint32("mctplpc.region.magic", "magic", base.HEX_DEC),
  region_bmc_ver_min = ProtoField.uint16("mctplpc.region.bmc_ver_min", "bmc_ver_min", base.HEX_DEC),
  region_bmc_ver_cur = ProtoField.uint16("mctplpc.region.bmc_ver_cur", "bmc_ver_cur", base.HEX_DEC),
  region_host_ver_min = ProtoField.uint16("mctplpc.region.host_ver_min", "host_ver_min", base.HEX_DEC),
  region_host_ver_cur = ProtoField.uint16("mctplpc.region.host_ver_cur", "host_ver_cur", base.HEX_DEC),
  region_negotiated_ver = ProtoField.uint16("mctplpc.region.negotiated_ver", "negotiated_ver", base.HEX_DEC),
  region_pad = ProtoField.uint16("mctplpc.region.pad", "pad", base.HEX_DEC),
  region_rx_offset = ProtoField.uint32("mctplpc.region.rx_offset", "rx_offset", base.HEX_DEC),
  region_rx_size = ProtoField.uint32("mctplpc.region.rx_size", "rx_size", base.HEX_DEC),
  region_tx_offset = ProtoField.uint32("mctplpc.region.tx_offset", "tx_offset", base.HEX_DEC),
  region_tx_size = ProtoField.uint32("mctplpc.region.tx_size", "tx_size", base.HEX_DEC),
}
local list = {}
for _, field in pairs(fields) do table.insert(list, field) end
bus.fields = list
local bad = ProtoExpert.new("mctplpc.bad", "This is no record of an access", expert.group.MALFORMED, expert.severity.ERROR)
bus.experts = { bad }

local STATUS_BITS = { { 0x80, "str_bmc_active", "BMC Active" }, { 0x40, "str_channel_active", "Channel Active" }, { 0x8, "str_c_d", "C/D" }, { 0x2, "str_ibf", "IBF" }, { 0x1, "str_obf", "OBF" } }
local REGION = { { 0, 4, "region_magic" }, { 4, 2, "region_bmc_ver_min" }, { 6, 2, "region_bmc_ver_cur" }, { 8, 2, "region_host_ver_min" }, { 10, 2, "region_host_ver_cur" }, { 12, 2, "region_negotiated_ver" }, { 14, 2, "region_pad" }, { 16, 4, "region_rx_offset" }, { 20, 4, "region_rx_size" }, { 24, 4, "region_tx_offset" }, { 28, 4, "region_tx_size" } }

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

function bus.dissector(buffer, pinfo, tree)
  pinfo.cols.protocol = "LPC"
  local root = tree:add(bus, buffer())
  local size = buffer:len()
  local step = size > 17 and buffer(16, 1):uint() or 0
  if size < 17 or buffer(0, 1):uint() ~= 1 or step > 64 or 17 + step > size then
    root:add_proto_expert_info(bad)
    pinfo.cols.info = "no record of an access"
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
  local info = nameIn(SIDES, side:uint()) .. " " .. nameIn(OPERATIONS, operation:uint())
  local where = place:uint()
  if where ~= 255 then info = info .. " " .. nameIn(PLACES, where) end
  local left = size - at
  if left > 0 then root:add(fields.value, buffer(at, left)) end
  if where == 0 then
    local offset = buffer(4, 4):uint()
    info = info .. string.format(" 0x%x, %d bytes", offset, buffer(8, 4):uint())
    if offset < 32 then
      for _, field in ipairs(REGION) do
        local start = field[1] - offset
        if start >= 0 and start + field[2] <= left then root:add(fields[field[3]], buffer(at + start, field[2])) end
      end
    end
  elseif left > 0 and where == 1 then
    local item = root:add(fields.str, buffer(at, 1))
    for _, bit_ in ipairs(STATUS_BITS) do item:add(fields[bit_[2]], buffer(at, 1)) end
    info = info .. " = " .. statusText(buffer(at, 1):uint())
  elseif left > 0 and (where == 2 or where == 3) then
    root:add(fields.command, buffer(at, 1))
    local value = buffer(at, 1):uint()
    info = info .. string.format(" = %02x %s", value, COMMANDS[value] or "unknown")
  end
  if step > 0 then info = info .. " (" .. buffer(17, step):string() .. ")" end
  pinfo.cols.info = info
  return size
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, bus)

---- MCTP, where this Wireshark does not know it ----

-- A version that does not know it gives nothing, or an error.
local isKnown, known = pcall(Dissector.get, "mctp")
if not isKnown or known == nil then
  local TYPES = { [0] = "MCTP control", [1] = "PLDM", [2] = "NC-SI", [3] = "Ethernet", [4] = "NVMe-MI", [5] = "SPDM", [6] = "secured messages", [126] = "vendor (PCI)", [127] = "vendor (IANA)" }
  local CONTROL = { [1] = "Set Endpoint ID", [2] = "Get Endpoint ID", [3] = "Get Endpoint UUID", [4] = "Get MCTP Version Support", [5] = "Get Message Type Support", [6] = "Get Vendor Defined Message Support", [7] = "Resolve Endpoint ID", [8] = "Allocate Endpoint IDs", [9] = "Routing Information Update", [10] = "Get Routing Table Entries", [11] = "Prepare for Endpoint Discovery", [12] = "Endpoint Discovery", [13] = "Discovery Notify", [14] = "Get Network ID", [15] = "Query Hop", [16] = "Resolve UUID", [17] = "Query Rate Limit", [18] = "Request TX Rate Limit", [19] = "Update Rate Limit", [20] = "Query Supported Interfaces" }
  local COMPLETIONS = { [0] = "success", [1] = "error", [2] = "invalid data", [3] = "invalid length", [4] = "not ready", [5] = "unsupported command" }

  local mctp = Proto("mctp", "Management Component Transport Protocol")
  local m = {
    version = ProtoField.uint8("mctp.version", "Header version", base.DEC, nil, 0x0f),
    dst = ProtoField.uint8("mctp.dst", "Destination EID"),
    src = ProtoField.uint8("mctp.src", "Source EID"),
    som = ProtoField.bool("mctp.som", "Start of message", 8, nil, 0x80),
    eom = ProtoField.bool("mctp.eom", "End of message", 8, nil, 0x40),
    seq = ProtoField.uint8("mctp.seq", "Packet sequence", base.DEC, nil, 0x30),
    to = ProtoField.bool("mctp.to", "Tag owner", 8, nil, 0x08),
    tag = ProtoField.uint8("mctp.tag", "Tag", base.DEC, nil, 0x07),
    ic = ProtoField.bool("mctp.ic", "Integrity check", 8, nil, 0x80),
    type = ProtoField.uint8("mctp.type", "Message type", base.HEX, TYPES, 0x7f),
    payload = ProtoField.bytes("mctp.payload", "Payload"),
    rq = ProtoField.bool("mctp.control.rq", "Request", 8, nil, 0x80),
    datagram = ProtoField.bool("mctp.control.d", "Datagram", 8, nil, 0x40),
    instance = ProtoField.uint8("mctp.control.instance", "Instance id", base.DEC, nil, 0x1f),
    command = ProtoField.uint8("mctp.control.command", "Command", base.HEX, CONTROL),
    completion = ProtoField.uint8("mctp.control.completion", "Completion code", base.HEX, COMPLETIONS),
  }
  local all = {}
  for _, field in pairs(m) do table.insert(all, field) end
  mctp.fields = all
  local short = ProtoExpert.new("mctp.short", "Shorter than a header", expert.group.MALFORMED, expert.severity.ERROR)
  mctp.experts = { short }

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
    for _, field in ipairs({ m.som, m.eom, m.seq, m.to, m.tag }) do root:add(field, buffer(3, 1)) end
    local info = string.format("%d -> %d", buffer(2, 1):uint(), buffer(1, 1):uint())
    local starts = buffer(3, 1):bitfield(0, 1) == 1
    if size > 4 then root:add(m.payload, buffer(4)) end
    if starts and size > 4 then
      root:add(m.ic, buffer(4, 1))
      root:add(m.type, buffer(4, 1))
      local kind = buffer(4, 1):bitfield(1, 7)
      info = info .. ", " .. (TYPES[kind] or string.format("type 0x%02x", kind))
      if kind == 0 and size >= 7 then
        root:add(m.rq, buffer(5, 1))
        root:add(m.datagram, buffer(5, 1))
        root:add(m.instance, buffer(5, 1))
        root:add(m.command, buffer(6, 1))
        local isRequest = buffer(5, 1):bitfield(0, 1) == 1
        info = info .. ": " .. nameIn(CONTROL, buffer(6, 1):uint()) .. (isRequest and " request" or " response")
        if not isRequest and size >= 8 then
          root:add(m.completion, buffer(7, 1))
          info = info .. ", " .. nameIn(COMPLETIONS, buffer(7, 1):uint())
        end
      end
    elseif not starts then
      info = info .. ", goes on"
    end
    pinfo.cols.info = info
    return size
  end

  DissectorTable.get("sll.ltype"):add(0xfa, mctp)
end
